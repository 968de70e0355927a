// How a project is set up: its title, what is asked, how sure it has to be; archiving and deleting it.

import { el, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { actionButton, patch, post } from "./actions.js";
import { deletionRows } from "./delete_project.js";
import { adminLink, partPath } from "./project_address.js";
import { optionRows, settingRow } from "./project_options.js";

/** @import { PartContext } from "./project_page.js" */

/**
 * Returns the part's nodes.
 * @param {PartContext} context
 */
export function setupPart({ progress, path, status, done }) {
  const { title, options, labels, queue } = progress;
  const name = el("input", { type: "text", maxlength: "200", required: true, value: title, dir: "auto" });
  const fields = optionRows(options, false);
  const form = el(
    "form",
    { class: "vp-pp-setup", novalidate: true, onsubmit: (event) => event.preventDefault() },
    section(1, "What it is", [
      settingRow("Title", "As annotators see it.", name),
      settingRow(
        "Guideline",
        "The rules behind G. Signed-in annotators see them when they first open the project, and when there is a new " +
          "version.",
        adminLink(
          partPath(progress.project, "setup", { guideline: "edit" }),
          { class: "vp-btn" },
          "Edit the guideline",
        ),
      ),
    ]),
    section(2, "What is asked", fields.rows.asked, labels.done ? askedNote(labels.done) : EVERY_STEP),
    section(3, "How reliable the labels must be", fields.rows.sure),
    section(4, "What comes first", [
      ...fields.rows.order,
      settingRow(
        "Reorder now",
        "A new order applies to what is added from now on. This also moves what nobody has begun.",
        actionButton("Reorder", () => reorder(queue, status), status),
      ),
    ]),
    el(
      "div",
      { class: "vp-pp-save" },
      actionButton(
        "Save",
        async () => {
          if (!form.reportValidity()) return;
          const changes = {
            options: fields.changes(),
            ...(name.value.trim() === title ? {} : { title: name.value.trim() }),
          };
          await patch(path, changes);
          await done("Saved.");
        },
        status,
        { type: "submit", class: "vp-btn vp-btn-primary" },
      ),
    ),
  );
  return [form, archiving({ progress, path, status, done })];
}

const EVERY_STEP =
  "Every step gets Correct, Neutral or Wrong. You may ask more about a wrong step; every question costs time.";

/** @param {number} labels */
function askedNote(labels) {
  const given = `${plural(labels, "label")} ${labels === 1 ? "was" : "were"} given with these settings.`;
  return `${given} A change applies from the next one on, so the two will be mixed.`;
}

/**
 * Returns a part of the form.
 * @param {number} number
 * @param {string} title
 * @param {Node[]} rows
 * @param {string} [note]
 */
export function section(number, title, rows, note = "") {
  return el(
    "section",
    { class: "vp-card vp-pp-card", "aria-label": title },
    el(
      "div",
      { class: "vp-pp-section-head" },
      el("span", { class: "vp-pp-section-number", "aria-hidden": "true", text: number }),
      el("h3", { text: title }),
      note ? el("p", { class: "vp-status-line", text: note }) : null,
    ),
    ...rows,
  );
}

/**
 * @param {string} queue its id
 * @param {HTMLElement} status
 */
async function reorder(queue, status) {
  /** @type {{ moved: number }} */
  const { moved } = await post(`api/queues/${encodeURIComponent(queue)}/reorder`);
  setText(status, `${plural(moved, "solution")} moved.`);
}

/** @param {Pick<PartContext, "progress" | "path" | "status" | "done">} context */
function archiving({ progress: { archived }, path, status, done }) {
  const act = async () => {
    await patch(path, { archived: !archived });
    await done(archived ? "The project is open again." : "The project is archived: it is in nobody’s list.");
  };
  const row = archived
    ? ["Open it again", "It returns to the lists of those who may label it."]
    : [
        "Archive",
        "It leaves everybody’s list. Its labels stay, and can be exported. You can open it again at any time.",
      ];
  return el(
    "section",
    { class: "vp-card vp-pp-card vp-pp-risky", "aria-label": "Archive or delete" },
    el("div", { class: "vp-pp-section-head" }, el("h3", { text: "Archive or delete" })),
    settingRow(row[0], row[1], actionButton(archived ? "Open" : "Archive", act, status)),
    ...deletionRows(path, status),
  );
}
