// Puts the solutions of listed steps into a project's queue, so that people label them anew; those who label see no
// score. Loaded when it is opened.

import { el, setText, show } from "../../assets/dom.js";
import { address, call, errorText } from "../../assets/rest.js";
import { choice, errorLine, loadStyles, openModal, part } from "../transfer_panel/modal.js";
import { counted } from "./figures.js";

/** @import { ProjectList, Queued } from "../../assets/api.d.ts" */

const NEW = "";

/**
 * Opens the dialog.
 * @param {string} path of REST that queues
 * @param {Record<string, string | number>} filters of the steps
 * @param {number} first steps of the list, whose solutions are queued
 * @param {string} proposal title of a new project
 */
export async function openQueue(path, filters, first, proposal) {
  /** @type {[ProjectList, void]} */
  const [{ projects }] = await Promise.all([call("api/projects?archived=false"), loadStyles()]);
  const title = el("input", {
    type: "text",
    value: proposal,
    maxlength: 200,
    "aria-label": "Title of the new project",
  });
  const named = el("label", {}, el("span", { class: "vp-label", text: "Title of the new project" }), title);
  /** @type {[string, string][]} */
  const options = [
    [NEW, "A new project"],
    ...projects.map((each) => /** @type {[string, string]} */ ([each.project, each.title])),
  ];
  const project = choice("vp-ev-project", "Into", options, NEW, (value) => show(named, value === NEW));
  const error = errorLine();
  const status = el("p", { class: "vp-status-line", role: "status" });
  const cancel = el("button", { type: "button", class: "vp-btn", text: "Cancel" });
  const add = el("button", { type: "button", class: "vp-btn vp-btn-primary", text: "Queue them" });
  const foot = [status, cancel, add];
  const dialog = openModal({
    title: `Queue the solutions of the first ${counted(first, "step")}`,
    hint: "",
    body: [
      part("Into which project", project, named),
      el("p", {
        class: "vp-ev-note",
        text: "Annotators see no scores and no labels. Solutions that are in the project already are not added again.",
      }),
      error.line,
    ],
    foot,
  });
  cancel.addEventListener("click", () => dialog.close());
  add.addEventListener("click", async () => {
    add.disabled = true;
    error.say("");
    try {
      const into = project.value === NEW ? { title: title.value.trim() } : { project: project.value };
      /** @type {Queued} */
      const queued = await call(path, { method: "POST", body: { ...filters, ...into, first } });
      setText(status, `${counted(queued.added, "solution")} added to the queue, which now has ${queued.total}.`);
      const href = address(`annotate?queue=${encodeURIComponent(queued.queue)}`);
      const open = el("a", { class: "vp-btn vp-btn-primary", href, text: "Label them" });
      add.replaceWith(open);
      setText(cancel, "Close");
      open.focus();
    } catch (caught) {
      error.say(errorText(caught));
      add.disabled = false;
    }
  });
  project.focus();
}
