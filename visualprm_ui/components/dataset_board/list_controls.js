// Pieces that several views of the dataset page share: links, filters, pages of a list, signs of labels, figures with their intervals.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS, LABEL_KINDS, LABEL_NAMES } from "../../assets/labels.js";
import { setMaths } from "../../assets/maths.js";
import { address, imageAddress } from "../../assets/rest.js";

/** A link to a view of this page; `query` becomes its address. */
export function viewLink(view, query, content, attributes = {}) {
  return el(
    "a",
    { href: address(`dataset?${new URLSearchParams({ view, ...query })}`), "data-view": view, ...attributes },
    ...[content].flat(),
  );
}

/** Opens a view as a click on its link would. `from`: a node of the page. */
export function navigate(from, view, query) {
  const link = viewLink(view, query, "", { hidden: true });
  from.append(link);
  link.click();
}

/** A label as an icon with its word for screen readers; a dot where there is none (a dash is neutral). */
export function labelIcon(label, { word = false } = {}) {
  if (!LABEL_NAMES.has(label))
    return el(
      "span",
      { class: "vp-label-icon", "data-kind": "none" },
      el("span", { "aria-hidden": "true", text: "·" }),
      el("span", { class: "vp-hidden", text: "no label" }),
    );
  return el(
    "span",
    { class: "vp-label-icon", "data-kind": LABEL_KINDS.get(label), title: LABEL_NAMES.get(label) },
    icon(LABEL_ICONS.get(label), 14),
    el("span", { class: word ? "" : "vp-hidden", text: LABEL_NAMES.get(label) }),
  );
}

/** A problem in one line: its picture and question. */
export function problemCell(image, question) {
  const text = el("span", { class: "vp-dataset-question", dir: "auto" });
  setMaths(text, question);
  return el(
    "div",
    { class: "vp-dataset-problem" },
    image ? el("img", { src: imageAddress(image, 96), alt: "", width: 36, height: 36, loading: "lazy" }) : null,
    text,
  );
}

/** A table in a card. `head`: texts; `rows`: arrays of cells (a node or a text); `name` is read before it. */
export function table(name, head, rows) {
  const cell = (content, at) =>
    el(
      at === 0 ? "th" : "td",
      { scope: at === 0 ? "row" : null, "data-title": head[at] || null },
      content instanceof Node ? content : document.createTextNode(String(content)),
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

/** What is shown instead of an empty list. */
export function emptyState(title, text) {
  return el("div", { class: "vp-dataset-empty" }, icon("label", 28), el("h2", { text: title }), el("p", { text }));
}

/** Fields that narrow a list; a change opens the view with them. `fields`: [[name, label, [[value, text], ...]], ...]. */
export function filterForm(view, query, fields) {
  const form = el(
    "form",
    { class: "vp-dataset-filters" },
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
    const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
    navigate(form, view, Object.fromEntries(chosen.filter(([name]) => name !== "view")));
  });
  return form;
}

/** The queues of the store as options of a filter. */
export function queueOptions(queues) {
  return [
    ["", "All queues"],
    ...queues.map(({ queue, title }) => [queue, title.length > 48 ? `${title.slice(0, 47)}…` : title]),
  ];
}

/** "0.71", or "0.71 (0.64 to 0.78)" with its interval; the reason where it is undefined. */
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

/** A moment as people of this browser write it. */
export function formatTime(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
