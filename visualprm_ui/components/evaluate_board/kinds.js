// The kinds of evaluations, each with its words, its form in the dialog and its page. A kind is added here, with two
// modules of its own; both are loaded when they are opened.

import { thresholdText } from "./figures.js";

/** @import { Evaluation, EvaluationKind } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */
/** @import { KindForm, FormContext } from "./new_dialog.js" */
/** @import { PageContext, Shown } from "./board.js" */

/**
 * @typedef {object} Kind
 * @property {EvaluationKind} kind
 * @property {string} title
 * @property {IconName} icon
 * @property {string} question that it answers
 * @property {string} about a sentence of what it measures
 * @property {() => Promise<{ buildForm: (context: FormContext) => KindForm }>} form
 * @property {() => Promise<{ show: (evaluation: Evaluation, context: PageContext) => Promise<Shown> }>} page of one
 *   that is done
 * @property {() => Promise<{ show: (context: PageContext) => Promise<Shown> }>} comparison of two that are done
 * @property {boolean} showsUnfinished whether the page is also that of one that is not done
 */

/** @type {Kind[]} */
export const KINDS = [
  {
    kind: "step_benchmark",
    title: "Step benchmark",
    icon: "steps",
    question: "Are the scores right, step by step?",
    about:
      "Scores of every step against step labels: macro-F1 with its interval, thresholds, calibration, the steps it " +
      "gets wrong. For VisualProcessBench and for labels of your own.",
    form: () => import("./step_form.js"),
    page: () => import("./step_page.js"),
    comparison: () => import("./comparison_page.js"),
    showsUnfinished: false,
  },
  {
    kind: "best_of_n",
    title: "Best-of-N",
    icon: "curve",
    question: "Does the model pick the right solution?",
    about:
      "Several solutions are sampled for every problem, and one is chosen by its scores: right answers by N, beside " +
      "majority vote, an ORM, a random pick and the oracle. For problems with reference answers.",
    form: () => import("./pool_form.js"),
    page: () => import("./pool_page.js"),
    comparison: () => import("./pool_comparison_page.js"),
    showsUnfinished: true,
  },
];

/** @type {Record<EvaluationKind, string>} */
const TITLES = { step_benchmark: "Step benchmark", best_of_n: "Best-of-N" };

/** @param {EvaluationKind} kind */
export function kindOf(kind) {
  return KINDS.find((each) => each.kind === kind) ?? null;
}

/** @param {EvaluationKind} kind */
export function kindTitle(kind) {
  return TITLES[kind];
}

/**
 * The kind of an evaluation, with the threshold that its figures are at where it has one.
 * @param {Pick<Evaluation, "kind" | "threshold" | "tuned">} evaluation
 */
export function kindWords({ kind, threshold, tuned }) {
  const own = threshold === null ? "" : ` at ${thresholdText(threshold)}`;
  return `${TITLES[kind]}${own}${tuned === null ? "" : ", tuned"}`;
}
