// The buttons that open the dialogs of imports, exports and jobs of the models, and what goes on shown again after a
// reload. Loads the rest when it is needed.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";

/** @import { Export, Import, Job, ModelJob } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */

const PLAN_MS = 24 * 3600 * 1000; // that the dock shows a plan which waits; it stays among the earlier jobs

/**
 * Returns the buttons.
 * @param {() => void} onDone what to do once something was imported
 */
export function transferButtons(onDone) {
  showRunning(onDone);
  return [
    opener("vp-import", "upload", "Import", async () => (await import("../import_panel/dialog.js")).openImport(onDone)),
    opener("vp-jobs", "star", "Score / Sample / Label", async () =>
      (await import("../model_jobs/dialog.js")).openModelJobs(onDone),
    ),
    opener("vp-export", "download", "Export", async () => (await import("../export_panel/dialog.js")).openExport()),
  ];
}

/**
 * @param {string} id
 * @param {IconName} picture
 * @param {string} text
 * @param {() => Promise<void>} open
 */
function opener(id, picture, text, open) {
  const button = el("button", { type: "button", class: "vp-btn", id }, icon(picture), el("span", { text }));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await open();
    } catch (error) {
      button.title = errorText(error);
    }
    button.disabled = false;
  });
  return button;
}

/**
 * Shows in the dock what is being imported and exported by now.
 * @param {() => void} onDone
 */
async function showRunning(onDone) {
  /** @type {[{ imports: Import[] }, { exports: Export[] }, { jobs: ModelJob[] }] | null} */
  const found = await Promise.all([call("api/imports"), call("api/exports"), call("api/jobs")]).catch(() => null);
  const isOn = (/** @type {Job} */ { state }) => state === "waiting" || state === "running";
  const isRecent = (/** @type {Job} */ { created_at: at }) => Date.now() - Date.parse(at) < PLAN_MS;
  const imports = (found?.[0].imports ?? []).filter((each) => each.phase === "import" && isOn(each));
  const exports = (found?.[1].exports ?? []).filter(isOn);
  const jobs = (found?.[2].jobs ?? []).filter((each) => isOn(each) || (each.state === "ready" && isRecent(each)));
  if (imports.length + exports.length + jobs.length === 0) return;
  const [{ importKind }, { EXPORT_KIND }, { modelJobKind }, { dockJob }, { loadStyles }] = await Promise.all([
    import("../import_panel/dialog.js"),
    import("../export_panel/dialog.js"),
    import("../model_jobs/kind.js"),
    import("./dock.js"),
    import("./modal.js"),
  ]);
  await loadStyles();
  for (const each of imports) dockJob(importKind(onDone), each);
  for (const each of exports) dockJob(EXPORT_KIND, each);
  for (const each of jobs) dockJob(modelJobKind(onDone), each);
}
