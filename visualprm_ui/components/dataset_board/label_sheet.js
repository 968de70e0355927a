// The steps of a solution with all labels side by side, and where they differ the way to decide.

import { el, show } from "../../assets/dom.js";
import { ERROR_TYPE_NAMES, SKIP_REASON_TEXTS } from "../../assets/labels.js";
import { address } from "../../assets/rest.js";
import { lineOf, showText } from "../../assets/rich_text.js";
import { buildThought } from "../../assets/thought.js";
import { formatTime, labelIcon } from "./list_controls.js";
import { rolloutCell, rolloutHead } from "./rollout_columns.js";
import { modelHead, scoreCell } from "./score_columns.js";

/** @import { AnnotationView, DecisionView, SolutionView } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */

/** @type {Record<SolutionView["final"][number]["rule"], string>} */
const RULES = { adjudicated: "decided", majority: "majority", single: "one annotator", none: "" };

/**
 * Says where the final label of a step comes from, or why there is none.
 * @param {Pick<SolutionView, "annotations" | "final">} view
 * @param {number} step
 */
export function ruleText({ annotations, final }, step) {
  const { rule } = final[step];
  if (rule !== "none") return RULES[rule];
  if (annotations.length === 0) return "not labelled yet";
  const given = new Set(annotations.map(({ labels }) => labels[step]).filter((label) => label !== null));
  return given.size > 1 ? "people differ, not decided" : "nobody labelled this step";
}

/** The steps with all labels. */
export class LabelSheet {
  #view;
  #names;

  /**
   * @param {SolutionView} view
   * @param {TextOptions} names how a text names pictures of the problem
   */
  constructor(view, names) {
    this.#view = view;
    this.#names = names;
    const files = view.file_labels.map(({ source }) => `file: ${source}`);
    const head = [
      "#",
      "Step",
      ...view.annotations.map(annotatorName),
      ...files,
      ...view.rollout_labels.map(rolloutHead),
      ...view.scorings.map(modelHead),
      "Final",
    ];
    this.node = el(
      "section",
      { class: "vp-card vp-sv-labels", "aria-label": "Labels" },
      this.#thought(),
      el(
        "div",
        { class: "vp-sv-scroll", tabindex: "0", role: "group", "aria-label": "Labels of every step" },
        el(
          "table",
          {},
          el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
          el("tbody", {}, ...view.steps.map((text, step) => this.#row(text, step))),
        ),
      ),
      this.#remarks(),
      this.#decision(),
    );
  }

  /** What its model thought before it wrote the steps. */
  #thought() {
    const { thought, steps, finish } = this.#view;
    const part = buildThought();
    const isCutOff = finish === "length";
    part.draw({ thought, isThinking: false, isAll: steps.length === 0, isCutOff }, this.#names);
    return part.node;
  }

  /**
   * The different labels that a step got, before their givers saw any score.
   * @param {number} step
   */
  #given(step) {
    const blind = this.#view.annotations.filter(({ stage }) => stage === "blind");
    return [...new Set(blind.map(({ labels }) => labels[step]).filter((label) => label !== null))];
  }

  /** @param {number} step */
  #differs(step) {
    return this.#given(step).length > 1;
  }

  /**
   * @param {string} text
   * @param {number} step
   */
  #row(text, step) {
    const { annotations, file_labels: files, rollout_labels: rollouts, scorings, final } = this.#view;
    const content = el("div", { class: "vp-sv-text", dir: "auto" });
    showText(content, text, this.#names);
    return el(
      "tr",
      { "data-differs": this.#differs(step) },
      el("th", { scope: "row", class: "vp-num", text: String(step + 1) }),
      el("td", {}, content),
      ...annotations.map((annotation) =>
        el(
          "td",
          { "data-title": annotation.annotator },
          labelIcon(annotation.labels[step]),
          detailText(annotation, step, this.#names),
        ),
      ),
      ...files.map(({ source, labels }) => el("td", { "data-title": `file: ${source}` }, labelIcon(labels[step]))),
      ...rollouts.map((measured) => rolloutCell(measured, step)),
      ...scorings.map((scoring) => scoreCell(scoring, step)),
      el(
        "td",
        { "data-title": "Final" },
        labelIcon(final[step].label),
        el("span", { class: "vp-sv-rule", text: ruleText(this.#view, step) }),
      ),
    );
  }

  /** Notes, skips and flags: what people said about the whole. */
  #remarks() {
    const remarks = this.#view.annotations.flatMap(({ annotator, skip_reason: reason, flagged, note }) => {
      const texts = [reason ? `skipped: ${SKIP_REASON_TEXTS[reason]}` : "", flagged ? "flagged" : "", note];
      return texts.filter((text) => text !== "").map((text) => ({ annotator, text }));
    });
    const list = el(
      "ul",
      { class: "vp-sv-remarks" },
      ...remarks.map(({ annotator, text }) =>
        el("li", {}, el("b", { text: `${annotator}: ` }), lineOf("span", text, {}, this.#names)),
      ),
    );
    show(list, remarks.length > 0);
    return list;
  }

  /** What was decided, and the way to decide; nothing where nobody differs. */
  #decision() {
    const { decision, steps, solution } = this.#view;
    const differs = steps.some((_, step) => this.#differs(step));
    if (!decision && !differs) return null;
    const query = new URLSearchParams({ id: solution });
    const decide = decision ? "Decide again" : "Decide";
    return el(
      "div",
      { class: "vp-sv-decision" },
      el("p", { class: "vp-status-line", text: decision ? decisionText(decision) : "People differ here." }),
      differs ? el("a", { class: "vp-btn", href: address(`adjudicate?${query}`), text: decide }) : null,
    );
  }
}

/** @param {AnnotationView} annotation */
function annotatorName({ annotator, stage }) {
  return el(
    "span",
    {},
    annotator,
    stage === "revealed" ? el("span", { class: "vp-sv-stage", text: " after seeing the scores" }) : "",
  );
}

/**
 * @param {AnnotationView} annotation
 * @param {number} step
 * @param {TextOptions} names
 */
function detailText({ details, first_error: firstError }, step, names) {
  const detail = details?.[step];
  const texts = [
    firstError === step ? "first error" : "",
    detail?.error_type ? ERROR_TYPE_NAMES[detail.error_type] : "",
    detail?.correction ? `should be: ${detail.correction}` : "",
    detail?.note ?? "",
  ].filter(Boolean);
  return texts.length ? lineOf("span", texts.join(" · "), { class: "vp-sv-detail" }, names) : "";
}

/** @param {DecisionView} decision */
function decisionText({ by, at }) {
  return `Decided by ${by}, ${formatTime(at)}.`;
}
