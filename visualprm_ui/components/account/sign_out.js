// Signing out of this browser. Changes that wait here stay on the device until the same person signs in again.

import { address, call } from "../../assets/rest.js";

export async function signOut(hub) {
  await call("api/session", { method: "DELETE" });
  location.assign(
    hub
      ? address(`logout?_target_url=${encodeURIComponent(new URL("./", document.baseURI).pathname)}`)
      : address("account/sign-in"),
  );
}
