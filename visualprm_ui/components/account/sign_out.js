// Signing out of this browser. Changes that wait here stay on the device until the same person signs in again.

import { address, call } from "../../assets/rest.js";

/**
 * Signs out of this browser and goes to the sign-in page.
 * @param {boolean} hub whether accounts are the Hugging Face Hub's
 */
export async function signOut(hub) {
  await call("api/session", { method: "DELETE" });
  location.assign(
    hub
      ? address(`logout?_target_url=${encodeURIComponent(new URL("./", document.baseURI).pathname)}`)
      : address("account/sign-in"),
  );
}
