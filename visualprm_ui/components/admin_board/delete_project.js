// Deleting a project: what goes with it is said first, its title is typed to confirm.

import { el, setText, show } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { address, call, errorText } from "../../assets/rest.js";
import { actionButton, statusLine } from "./actions.js";
import { adminLink } from "./project_address.js";
import { settingRow } from "./project_options.js";

/** @import { ProjectDeletion } from "../../assets/api.d.ts" */

const HELP =
  "This deletes the project, its order, quiz and reviews. Its solutions stay, and so do its labels unless you delete " +
  "them.";

/**
 * Returns the row, and the form that it opens.
 * @param {string} path of the project
 * @param {HTMLElement} status takes the sentence of a refusal
 */
export function deletionRows(path, status) {
  const place = el("div", {});
  show(place, false);
  const open = async () => {
    /** @type {ProjectDeletion} */
    const found = await call(`${path}/deletion`);
    place.replaceChildren(
      form(path, found, () => {
        show(place, false);
        button.focus();
      }),
    );
    show(place, true);
    place.querySelector("input")?.focus();
  };
  const button = actionButton("Delete …", open, status, { class: "vp-btn vp-pp-danger" });
  return [settingRow("Delete the project", HELP, button), place];
}

/**
 * @param {string} path
 * @param {ProjectDeletion} found
 * @param {() => void} close
 */
function form(path, found, close) {
  const status = statusLine();
  const labels = el("input", { type: "checkbox" });
  const title = el("input", { type: "text", maxlength: "200", autocomplete: "off", required: true });
  const submit = el("button", { type: "submit", class: "vp-btn vp-pp-danger", disabled: true, text: "Delete it" });
  const node = el(
    "form",
    { class: "vp-pp-deletion", "aria-label": `Delete ${found.title}` },
    el("b", { text: `Delete “${found.title}”?` }),
    el("p", { text: deletionText(found) }),
    found.labels ? el("label", { class: "vp-admin-check" }, labels, `Also delete ${labelsText(found)}`) : null,
    found.export
      ? el("a", { class: "vp-pp-link", href: address(`api/${found.export}`), text: "Download them first" })
      : null,
    el(
      "label",
      { class: "vp-admin-field" },
      el("span", { class: "vp-label", text: "Type its title to confirm" }),
      title,
    ),
    el(
      "span",
      { class: "vp-button-row" },
      submit,
      el("button", { type: "button", class: "vp-btn vp-btn-quiet", onclick: close, text: "Keep it" }),
    ),
    status,
  );
  title.addEventListener("input", () => {
    submit.disabled = title.value.trim() !== found.title;
  });
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await call(path, { method: "DELETE", body: { title: title.value, labels: labels.checked } });
      const back = adminLink("admin?view=projects", { hidden: true }, "");
      node.append(back);
      back.click();
    } catch (error) {
      setText(status, errorText(error));
      submit.disabled = false;
    }
  });
  return node;
}

/** @param {ProjectDeletion} found */
function labelsText({ labels, people }) {
  return `the ${plural(labels, "label")} of ${people === 1 ? "one person" : `${people} people`}`;
}

/** @param {ProjectDeletion} found */
export function deletionText(found) {
  const { solutions, labels, known_labels: known, guidelines } = found;
  const stay = labels
    ? `Its ${plural(solutions, "solution")} and ${labelsText(found)} stay in the store.`
    : `Its ${plural(solutions, "solution")} ${solutions === 1 ? "stays" : "stay"} in the store.`;
  const said = known ? ` ${plural(known, "label")} of gold and quiz items ${known === 1 ? "is" : "are"} deleted.` : "";
  const own = guidelines ? ` Its own guideline is deleted, with ${plural(guidelines, "version")}.` : "";
  return stay + said + own;
}
