// Steps by their label and by what they are called at a threshold: four counts, each a link to its steps.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { MISTAKES, withSteps } from "./address.js";
import { pageLink } from "./board.js";
import { countText, points, shareText } from "./figures.js";

/** @import { AtThreshold, Labelled } from "./counts.js" */

/**
 * Returns the table; `move` fills it.
 * @param {URLSearchParams} query of the page that lists the steps
 * @param {Labelled} all steps of each label
 */
export function confusionTable(query, all) {
  const head = el("th", { scope: "col" });
  /** @param {"correct" | "wrong"} label */
  const rowOf = (label) => {
    const [right, wrong] = [cell(query, label, "1"), cell(query, label, "-1")];
    const f1 = el("td", { class: "vp-num" });
    const row = el(
      "tr",
      {},
      el(
        "th",
        { scope: "row", class: "vp-ev-label", "data-kind": label },
        icon(label === "correct" ? "check" : "cross", 14),
        el("b", { text: label === "correct" ? "Correct" : "Wrong" }),
        el("span", { text: `${countText(all[label])} steps` }),
      ),
      el("td", {}, right.node),
      el("td", {}, wrong.node),
      f1,
    );
    return { row, right, wrong, f1 };
  };
  const [correct, wrong] = [rowOf("correct"), rowOf("wrong")];
  const node = el(
    "table",
    { class: "vp-ev-confusion" },
    el("caption", { class: "vp-hidden", text: "Steps by label and by what they are called at the threshold" }),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("td"),
        head,
        el("th", { scope: "col", text: "called wrong" }),
        el("th", { scope: "col", text: "F1" }),
      ),
    ),
    el("tbody", {}, correct.row, wrong.row),
  );
  const move = (/** @type {AtThreshold} */ at, /** @type {string} */ rule) => {
    setText(head, rule);
    correct.right.set(at.right.correct, all.correct);
    correct.wrong.set(at.wrong.correct, all.correct);
    wrong.right.set(at.right.wrong, all.wrong);
    wrong.wrong.set(at.wrong.wrong, all.wrong);
    setText(correct.f1, at.f1Correct === null ? "undefined" : points(at.f1Correct));
    setText(wrong.f1, at.f1Wrong === null ? "undefined" : points(at.f1Wrong));
  };
  return { node, move };
}

/**
 * @param {URLSearchParams} query
 * @param {"correct" | "wrong"} label
 * @param {"1" | "-1"} predicted
 */
function cell(query, label, predicted) {
  const filters = { ...MISTAKES, label: label === "correct" ? "1" : "-1", predicted };
  const [count, share] = [el("b", { class: "vp-num" }), el("span", {})];
  const isMistake = filters.label !== predicted;
  const node = pageLink(withSteps(query, filters), { "data-miss": isMistake }, count, share);
  const set = (/** @type {number} */ steps, /** @type {number} */ all) => {
    setText(count, countText(steps));
    setText(share, `${shareText(steps, all)} of the ${label}`);
  };
  return { node, set };
}
