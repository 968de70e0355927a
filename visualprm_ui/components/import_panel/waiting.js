// The files that were sent and not imported: each takes its place on the server until somebody imports or removes it.

import { el } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { progressText } from "../transfer_panel/job_text.js";
import { part } from "../transfer_panel/modal.js";

/** @import { Import } from "../../assets/api.d.ts" */

/**
 * Returns the list; nothing where no file waits.
 * @param {Import[]} imports
 * @param {(begun: Import) => void} goOn told what began again
 * @returns {HTMLElement}
 */
export function waitingPart(imports, goOn) {
  const list = el("ul", { class: "vp-import-waiting" });
  const node = part("Uploaded earlier, not imported yet", list);
  const waiting = imports.filter(({ state }) => state !== "done");
  list.append(
    ...waiting.map((each) =>
      waitingRow(each, goOn, () => {
        if (!list.childElementCount) node.remove();
      }),
    ),
  );
  node.hidden = waiting.length === 0;
  return node;
}

/**
 * @param {Import} found
 * @param {(begun: Import) => void} goOn
 * @param {() => void} removed
 */
function waitingRow(found, goOn, removed) {
  const { id, title, by, state, phase } = found;
  const note = el("span", { class: "vp-dataset-note", text: `${by}: ${stateText(found)}` });
  /**
   * @param {string} text
   * @param {() => Promise<void>} act
   */
  const button = (text, act) => {
    const made = el("button", {
      type: "button",
      class: "vp-btn vp-btn-quiet",
      text,
      "aria-label": `${text}: ${title}`,
    });
    made.addEventListener("click", async () => {
      made.disabled = true;
      try {
        await act();
      } catch (error) {
        note.textContent = errorText(error);
        made.disabled = false;
      }
    });
    return made;
  };
  const isStopped = phase === "import" && (state === "failed" || state === "cancelled");
  const row = el(
    "li",
    {},
    el("div", {}, el("b", { dir: "auto", text: title }), note),
    isStopped ? button("Go on", async () => goOn(await call(`api/imports/${id}/start`, { method: "POST" }))) : null,
    button("Remove", async () => {
      await call(`api/imports/${id}`, { method: "DELETE" });
      row.remove();
      removed();
    }),
  );
  return row;
}

/** @param {Import} found */
function stateText(found) {
  if (found.state === "ready") return "read, waits to be imported";
  if (found.state === "failed") return found.message ?? "failed";
  if (found.state === "cancelled") return "cancelled";
  return progressText(found);
}
