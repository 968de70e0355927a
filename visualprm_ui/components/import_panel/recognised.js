// What a file is, before anything of it is stored: its format, which of its columns is what, its first rows as they
// would look here.

import { el } from "../../assets/dom.js";
import { showLine } from "../../assets/rich_text.js";
import { labelIcon } from "../dataset_board/list_controls.js";
import { originText } from "../dataset_board/origin_text.js";
import { choice } from "../transfer_panel/modal.js";

/** @import { Format, Import, PreviewedRow, Recognised } from "../../assets/api.d.ts" */

/** @typedef {{ file?: string, format?: string | null, columns?: Record<string, string> }} Change */

/** @type {[field: string, name: string][]} */
const FIELDS = [
  ["image", "Picture"],
  ["question", "Question"],
  ["response", "Solution"],
  ["steps", "Steps"],
  ["labels", "Labels"],
  ["answer", "Reference"],
  ["policy_model", "Policy"],
  ["data_source", "Source"],
];
const OF_OUR_FIELDS = [null, "visualprocessbench", "solutions", "problems", "parquet", "auto"];
const MOST_LABELS = 9;

/**
 * @param {Import} found
 * @param {Recognised} recognised
 * @param {Format[]} formats
 * @param {(change: Change) => void} change
 */
export function recognisedPart(found, recognised, formats, change) {
  const { format, title, fitting, rows } = recognised;
  const note =
    format === null
      ? title
      : `${found.format ? "chosen by you" : "recognised"}; ${fitting} of its first ${rows} rows have its fields`;
  /** @type {[string, string][]} */
  const options = [
    ["", "As recognised"],
    ...formats.filter((each) => each.imports).map((each) => /** @type {[string, string]} */ ([each.name, each.title])),
  ];
  const another = choice("vp-import-format", "Another format", options, found.format ?? "", (value) =>
    change({ format: value || null }),
  );
  const files = found.files.map((name) => /** @type {[string, string]} */ ([name, name]));
  const file =
    files.length > 1
      ? choice("vp-import-file", "File of rows", files, found.file ?? found.files[0], (value) =>
          change({ file: value }),
        )
      : null;
  return el(
    "section",
    { class: "vp-transfer-part" },
    el(
      "div",
      { class: "vp-import-format" },
      el("h3", { text: format === null ? "Unknown format" : capital(title) }),
      el("span", { text: note }),
      file,
      another,
    ),
    el(
      "div",
      { class: "vp-import-columns" },
      OF_OUR_FIELDS.includes(format) && recognised.columns.length
        ? mapping(found.columns, recognised.columns, change)
        : null,
      recognised.first.length ? firstRows(recognised.first) : null,
    ),
  );
}

/**
 * Returns the column of the file that is a field here, "" for none, and what is said where there is none. Steps and
 * labels without a column of their own are read from the solution; a column that is another field is not also the one
 * it is named like.
 * @param {string} ours
 * @param {Record<string, string>} chosen
 * @param {string[]} columns
 */
export function columnOf(ours, chosen, columns) {
  const find = (/** @type {string} */ name) =>
    chosen[name] ?? (columns.includes(name) && !Object.values(chosen).includes(name) ? name : "");
  const inSolution = { steps: "in the solution", labels: "in the solution, if any" }[ours] ?? "–";
  return { theirs: find(ours), none: find("response") === "" ? "–" : inSolution };
}

/**
 * Which column of the file is which field here.
 * @param {Record<string, string>} chosen
 * @param {string[]} columns
 * @param {(change: Change) => void} change
 */
function mapping(chosen, columns, change) {
  const row = (/** @type {[string, string]} */ [ours, name]) => {
    const { theirs, none } = columnOf(ours, chosen, columns);
    /** @type {[string, string][]} */
    const options = [["", none], ...columns.map((each) => /** @type {[string, string]} */ ([each, each]))];
    const select = choice(`vp-import-column-${ours}`, `${name} in the file`, options, theirs, (value) => {
      const { [ours]: _before, ...others } = chosen;
      change({ columns: value === "" || value === ours ? others : { ...others, [ours]: value } });
    });
    return el("tr", {}, el("th", { scope: "row", text: name }), el("td", {}, select));
  };
  return el(
    "table",
    { class: "vp-import-mapping" },
    el("caption", { text: "Here, and in the file" }),
    el("tbody", {}, ...FIELDS.map(row)),
  );
}

/** @param {PreviewedRow[]} rows */
function firstRows(rows) {
  return el(
    "div",
    { class: "vp-import-first" },
    el("h4", { text: "The first rows, as they will look" }),
    el("ol", {}, ...rows.map(firstRow)),
  );
}

/** @param {PreviewedRow} row */
function firstRow(row) {
  if (row.reason !== null)
    return el("li", { class: "vp-transfer-bad" }, el("b", { text: `line ${row.line}` }), ` ${row.reason}`);
  const question = el("span", { class: "vp-import-question" });
  showLine(question, row.question);
  const facts = [
    originText(row.data_source, row.policy_model),
    row.answer === null ? "no reference" : `reference ${row.answer}`,
  ];
  const pictures = picturesText(row.pictures.length, row.missing.length);
  return el(
    "li",
    {},
    row.thumbnail ? el("img", { src: row.thumbnail, alt: "", class: "vp-import-thumbnail" }) : null,
    question,
    el("span", { class: "vp-import-facts", dir: "auto", text: [...facts, pictures].filter(Boolean).join(" · ") }),
    labelsOf(row),
  );
}

/**
 * @param {number} count
 * @param {number} missing
 */
function picturesText(count, missing) {
  if (count === 0) return "no picture";
  if (count === 1) return missing ? "picture not found" : "picture found";
  return `${count - missing} of ${count} pictures found`;
}

/** @param {PreviewedRow} row */
function labelsOf({ steps, labels }) {
  if (steps === null) return el("span", { class: "vp-import-facts", text: "no solution: a problem alone" });
  if (labels === null) return el("span", { class: "vp-import-facts", text: `${steps} steps, not labelled` });
  const more = labels.length > MOST_LABELS ? ` +${labels.length - MOST_LABELS}` : "";
  return el(
    "span",
    { class: "vp-label-icons" },
    ...labels.slice(0, MOST_LABELS).map((label) => labelIcon(label)),
    more,
  );
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
