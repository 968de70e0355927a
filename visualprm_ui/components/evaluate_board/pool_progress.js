// How far a Best-of-N evaluation is, above the curves of the problems done so far.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { stateWords } from "./state_words.js";

/** @import { Evaluation } from "../../assets/api.d.ts" */

const GROWING = "The curves are of the problems done so far and still change.";
const OF_BEFORE = "The curves are the earlier ones until this is done.";

/** @param {Evaluation} evaluation */
export function progressLine(evaluation) {
  const { word, count, note, look } = stateWords(evaluation);
  const { share, rows, total } = evaluation;
  const bar = el("progress", {
    class: "vp-ev-bar",
    max: 1,
    "aria-label": "Progress",
    value: share ?? (total ? rows / total : null),
  });
  return el(
    "section",
    { class: `vp-card vp-ev-pool-progress${look === "bad" ? " vp-banner-bad" : ""}`, "aria-label": "Progress" },
    look === "bad" ? icon("warning") : null,
    el("b", { text: word }),
    el("span", { class: "vp-num", text: count }),
    el("span", {
      class: "vp-ev-note vp-ev-grow",
      dir: "auto",
      text: [note, evaluation.has_figures ? OF_BEFORE : note ? "" : GROWING].filter(Boolean).join(" · "),
    }),
    bar,
  );
}
