// The button that opens the import, and what goes on shown again after a reload. Loads the rest when it is needed.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";

/** @import { Import } from "../../assets/api.d.ts" */

/**
 * @param {() => void} onDone what to do once something was imported
 */
export function importButton(onDone) {
  const button = el(
    "button",
    { type: "button", class: "vp-btn", id: "vp-import" },
    icon("upload"),
    el("span", { text: "Import" }),
  );
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { openImport } = await import("./dialog.js");
      await openImport(onDone);
    } catch (error) {
      button.title = errorText(error);
    }
    button.disabled = false;
  });
  showRunning(onDone);
  return button;
}

/**
 * Shows in the dock what is being imported by now.
 * @param {() => void} onDone
 */
async function showRunning(onDone) {
  /** @type {{ imports: Import[] } | null} */
  const found = await call("api/imports").catch(() => null);
  const running = (found?.imports ?? []).filter(
    ({ phase, state }) => phase === "import" && (state === "waiting" || state === "running"),
  );
  if (running.length === 0) return;
  const [{ importKind }, { dockJob }, { loadStyles }] = await Promise.all([
    import("./dialog.js"),
    import("../transfer_panel/dock.js"),
    import("../transfer_panel/modal.js"),
  ]);
  await loadStyles();
  for (const each of running) dockJob(importKind(onDone), each);
}
