// What can be done with the selected solutions: queue them for labelling, have the loaded models score them or sample
// their problems, export their labels, delete their problems.

import { el, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { call, errorText } from "../../assets/rest.js";
import { filtersOf } from "./browse_query.js";
import { whyLeftOut } from "./left_out.js";

/** @import { Project, ProjectList, SolutionIds } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */
/** @import { LeftOut } from "./left_out.js" */
/** @import { Selection } from "./selection.js" */

const MOST = 10_000; // of one selection, as many as the server lists

/**
 * Returns the bar, hidden while nothing is selected.
 * @param {Selection} selection
 * @param {URLSearchParams} query of the list
 * @param {boolean} isAdmin who may do more than look
 * @returns {{ node: HTMLElement, setTotal: (total: number) => void, update: () => void }}
 */
export function selectionBar(selection, query, isAdmin) {
  const count = el("b", {});
  const status = el("p", { class: "vp-status-line", role: "status" });
  const act = (/** @type {() => Promise<unknown>} */ work) => async () => {
    setText(status, "");
    try {
      setText(status, String((await work()) ?? ""));
    } catch (error) {
      setText(status, errorText(error));
    }
  };
  const all = el("button", { type: "button", class: "vp-br-all", hidden: true });
  all.addEventListener(
    "click",
    act(async () => selection.add(await listed(query))),
  );
  const close = el(
    "button",
    { type: "button", class: "vp-btn vp-btn-quiet", "aria-label": "Clear the selection" },
    icon("cross"),
  );
  close.addEventListener("click", () => selection.clear());
  const queue = action(
    "label",
    "Queue for labelling",
    act(() => askForProject(selection, status)),
    "vp-btn-primary",
  );
  const scored = action(
    "star",
    "Score, sample, label…",
    act(async () => {
      const { openModelJobs } = await import("../model_jobs/dialog.js");
      await openModelJobs(() => {}, { solutions: selection.ids, problems: selection.problems });
    }),
  );
  const exported = action(
    "download",
    "Export",
    act(async () => (await import("../export_panel/dialog.js")).openExport(selection.ids)),
  );
  const erase = action(
    "trash",
    "Delete…",
    act(() => deleteProblems(selection)),
  );
  const node = el(
    "div",
    { class: "vp-br-selection", role: "region", "aria-label": "Selection", hidden: true },
    count,
    all,
    status,
    el("span", { class: "vp-br-actions" }, ...(isAdmin ? [queue, scored, exported, erase] : []), close),
  );
  let found = 0; // by the list's filter
  const update = () => {
    show(all, found > selection.size);
    show(node, selection.size > 0);
    setText(count, `${selection.size.toLocaleString("en")} selected`);
    erase.disabled = selection.problems === null;
    erase.title = erase.disabled
      ? "Only solutions that you have seen in the list can be deleted, and some of these you have not."
      : "";
  };
  const setTotal = (/** @type {number} */ total) => {
    found = total;
    update();
    setText(
      all,
      total > MOST ? `Take the first ${MOST.toLocaleString("en")}` : `Take all ${total.toLocaleString("en")}`,
    );
  };
  return { node, setTotal, update };
}

/**
 * @param {IconName} picture
 * @param {string} text
 * @param {() => unknown} onclick
 * @param {string} [style]
 */
function action(picture, text, onclick, style = "") {
  return el("button", { type: "button", class: `vp-btn ${style}`, onclick }, icon(picture), el("span", { text }));
}

/** @param {URLSearchParams} query */
async function listed(query) {
  const asked = filtersOf(query);
  const sort = query.get("sort");
  if (sort) asked.set("sort", sort);
  asked.set("limit", String(MOST));
  /** @type {SolutionIds} */
  const { solutions } = await call(`api/solutions/ids?${asked}`);
  return solutions;
}

/**
 * Asks for the project, and adds the solutions to it.
 * @param {Selection} selection
 * @param {HTMLElement} status
 */
async function askForProject(selection, status) {
  /** @type {ProjectList} */
  const { projects } = await call("api/projects?archived=false");
  if (projects.length === 0) return "There is no project yet: create one on the Admin page.";
  const choice = el(
    "select",
    { "aria-label": "Project" },
    ...projects.map(({ project, title }) => el("option", { value: project, text: title })),
  );
  const add = el("button", {
    type: "submit",
    class: "vp-btn vp-btn-primary",
    text: `Queue ${plural(selection.size, "solution")}`,
  });
  const keep = el("button", { type: "button", class: "vp-btn", text: "Cancel" });
  const form = el(
    "form",
    { class: "vp-br-dialog-body" },
    el("h2", { text: "Queue for labelling" }),
    el("label", {}, el("span", { class: "vp-label", text: "Project" }), choice),
    el("p", {
      class: "vp-dataset-note",
      text: "Annotators see no scores. Solutions that are in the project already are not added again.",
    }),
    el("div", { class: "vp-button-row" }, add, keep),
  );
  const dialog = el("dialog", { class: "vp-host vp-br-dialog vp-fields", "aria-label": "Queue for labelling" }, form);
  keep.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    add.disabled = true;
    try {
      const path = `api/projects/${encodeURIComponent(choice.value)}/items`;
      /** @type {LeftOut & { added: number, total: number }} */
      const { added, ...rest } = await call(path, { method: "POST", body: { solutions: selection.ids } });
      const title = choice.selectedOptions[0]?.text ?? "";
      const said = `${plural(added, "solution")} added to “${title}”.`;
      setText(status, [said, whyLeftOut(rest)].filter(Boolean).join(" "));
    } catch (error) {
      setText(status, errorText(error));
    }
    dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return "";
}

/** @param {Selection} selection */
async function deleteProblems(selection) {
  const { openBulkDeletion } = await import("./bulk_deletion.js");
  await openBulkDeletion(selection.problems ?? [], () => selection.clear());
}
