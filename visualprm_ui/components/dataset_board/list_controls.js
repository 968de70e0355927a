// Controls that several views of the dataset page share: links, filters, tables, icons of labels, statistics with their
// intervals.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS, LABEL_NAMES, labelKind } from "../../assets/labels.js";
import { address, call, imageAddress } from "../../assets/rest.js";
import { showLine } from "../../assets/rich_text.js";

/** @import { Attributes, Child } from "../../assets/dom.js" */

/**
 * @typedef {Record<string, string | number | boolean>} Query of an address
 * @typedef {Node | string | number} Cell of a table
 * @typedef {[value: string, text: string]} Choice an option of a select
 */

/** @import { QueueList, Statistic, StepLabel } from "../../assets/api.d.ts" */

/**
 * Returns a link to a view of this page; `query` becomes its address.
 * @param {string} view
 * @param {Query} query
 * @param {Child} content
 * @param {Attributes} [attributes]
 */
export function viewLink(view, query, content, attributes = {}) {
  const search = new URLSearchParams({ view });
  for (const [name, value] of Object.entries(query)) search.set(name, String(value));
  return el("a", { href: address(`dataset?${search}`), "data-view": view, ...attributes }, content);
}

/**
 * Opens a view as a click on its link would.
 * @param {Element} from a node of the page
 * @param {string} view
 * @param {Query} query
 */
export function navigate(from, view, query) {
  const link = viewLink(view, query, "", { hidden: true });
  from.append(link);
  link.click();
}

/**
 * Returns a label as an icon with its name for screen readers; a dot where there is none (a dash is neutral).
 * @param {StepLabel} label
 */
export function labelIcon(label) {
  if (label === null)
    return el(
      "span",
      { class: "vp-label-icon", "data-kind": "none" },
      el("span", { "aria-hidden": "true", text: "·" }),
      el("span", { class: "vp-hidden", text: "no label" }),
    );
  return el(
    "span",
    { class: "vp-label-icon", "data-kind": labelKind(label), title: LABEL_NAMES[label] },
    icon(LABEL_ICONS[label], 14),
    el("span", { class: "vp-hidden", text: LABEL_NAMES[label] }),
  );
}

/**
 * Returns a problem in one line: its picture and question.
 * @param {string | null} image its hash
 * @param {string} question
 */
export function problemCell(image, question) {
  const text = el("span", { class: "vp-dataset-question", dir: "auto" });
  showLine(text, question);
  return el(
    "div",
    { class: "vp-dataset-problem" },
    image ? el("img", { src: imageAddress(image, 96), alt: "", width: 36, height: 36, loading: "lazy" }) : null,
    text,
  );
}

/**
 * Returns a table in a card.
 * @param {string} name read before it
 * @param {string[]} head
 * @param {Cell[][]} rows
 */
export function table(name, head, rows) {
  const cell = (/** @type {Cell} */ content, /** @type {number} */ at) =>
    el(
      at === 0 ? "th" : "td",
      { scope: at === 0 ? "row" : null, "data-title": head[at] || null },
      content instanceof Node ? content : String(content),
    );
  return el(
    "div",
    { class: "vp-card vp-dataset-table" },
    el(
      "table",
      {},
      el("caption", { class: "vp-hidden", text: name }),
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col", text })))),
      el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map(cell)))),
    ),
  );
}

/**
 * Returns what is shown instead of an empty list.
 * @param {string} title
 * @param {string} text
 */
export function emptyState(title, text) {
  return el("div", { class: "vp-dataset-empty" }, icon("label", 28), el("h2", { text: title }), el("p", { text }));
}

/**
 * Returns fields that narrow a list; a change opens the view with them.
 * @param {string} view
 * @param {URLSearchParams} query
 * @param {[name: string, label: string, options: Choice[]][]} fields
 */
export function filterForm(view, query, fields) {
  const form = el(
    "form",
    { class: "vp-dataset-filters vp-fields" },
    el("input", { type: "hidden", name: "view", value: view }),
    ...fields.map(([name, label, options]) =>
      el(
        "label",
        {},
        el("span", { class: "vp-label", text: label }),
        el(
          "select",
          { name },
          ...options.map(([value, text]) => el("option", { value, text, selected: (query.get(name) ?? "") === value })),
        ),
      ),
    ),
  );
  form.addEventListener("change", () => {
    const values = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    const chosen = values.filter(([name, value]) => name !== "view" && value !== "");
    navigate(form, view, Object.fromEntries(chosen));
  });
  return form;
}

/**
 * Returns the fields of a filter that have a value.
 * @param {URLSearchParams} query
 * @param {string[]} names
 */
export function chosenOf(query, names) {
  const values = names.map((name) => [name, query.get(name) ?? ""]);
  return new URLSearchParams(values.filter(([, value]) => value !== ""));
}

/** Returns the queues of the store. */
export async function listQueues() {
  /** @type {QueueList} */
  const { queues } = await call("api/queues");
  return queues;
}

/**
 * Returns the queues of the store as options of a filter.
 * @param {{ queue: string, title: string }[]} queues
 * @returns {Choice[]}
 */
export function queueOptions(queues) {
  /** @type {Choice[]} */
  const options = queues.map(({ queue, title }) => [queue, title.length > 48 ? `${title.slice(0, 47)}…` : title]);
  return [["", "All queues"], ...options];
}

/**
 * "0.71", or "0.71 0.64 to 0.78" with its interval; the reason where it is undefined.
 * @param {Statistic} statistic
 */
export function statistic({ value, interval = null, reason = null }) {
  if (value === null || value === undefined)
    return el("span", { class: "vp-dataset-undefined", title: reason ?? "", text: reason ?? "undefined" });
  const shown = el("span", { class: "vp-num", text: value.toFixed(2) });
  return interval
    ? el(
        "span",
        {},
        shown,
        el("span", { class: "vp-dataset-interval", text: ` ${interval[0].toFixed(2)} to ${interval[1].toFixed(2)}` }),
      )
    : shown;
}

/**
 * Returns a time as people of this browser write it.
 * @param {string} iso
 */
export function formatTime(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
