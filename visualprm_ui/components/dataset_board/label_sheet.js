// The steps of a solution with all labels side by side, and the decision of an adjudicator.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { ERROR_TYPE_NAMES, SKIP_REASON_TEXTS } from "../../assets/labels.js";
import { call, errorText } from "../../assets/rest.js";
import { lineOf, showText } from "../../assets/rich_text.js";
import { labelChoice } from "../label_board/label_choice.js";
import { formatTime, labelIcon } from "./list_controls.js";
import { modelHead, scoreCell } from "./score_columns.js";

/** @import { AnnotationView, DecisionView, SolutionView, StepLabel } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */
/** @import { Reload } from "../../assets/views.js" */

/** @type {Record<string, string>} */
const CAUSES = {
  ambiguous: "The step is ambiguous",
  guideline_gap: "The guideline does not say",
  slip: "Somebody slipped",
  bad_split: "The steps are badly split",
};
/** @type {Record<SolutionView["final"][number]["rule"], string>} */
const RULES = { adjudicated: "decided", majority: "majority", single: "one annotator", none: "none" };

/**
 * Says why a decision cannot be made yet; "" when it can.
 * @param {string | null} cause
 * @param {StepLabel[]} labels
 * @param {number[]} differing 0-based steps, which stay in dispute unless they get a label
 */
export function decisionProblem(cause, labels, differing) {
  if (cause === null) return "Choose a cause first.";
  if (cause === "bad_split") return ""; // steps cut wrongly cannot be judged
  const open = differing.filter((step) => labels[step] === null).map((step) => step + 1);
  if (open.length === 1) return `Step ${open[0]} is still open: its labels differ.`;
  if (open.length > 1)
    return `Steps ${open.slice(0, -1).join(", ")} and ${open.at(-1)} are still open: their labels differ.`;
  return labels.every((label) => label === null) ? "Decide at least one step." : "";
}

/** The steps with all labels, and the decision. */
export class LabelSheet {
  #view;
  #path;
  #reload;
  #names;
  /** @type {StepLabel[]} */
  #labels; // what the adjudicator would decide; null leaves a step to the annotators
  #rows;
  /** @type {string | null} */
  #cause = null;
  /** @type {Map<string, HTMLButtonElement>} */
  #causes = new Map();
  #note = el("textarea", {
    rows: "2",
    maxlength: "10000",
    placeholder: "Why (optional)",
    "aria-label": "Why this decision",
    dir: "auto",
  });
  #save = el("button", {
    type: "button",
    class: "vp-btn vp-btn-primary",
    text: "Decide",
    onclick: () => this.#decide(),
  });
  #status = el("p", { class: "vp-status-line", role: "status" });

  /**
   * @param {SolutionView} view
   * @param {string} path of the solution
   * @param {Reload} reload shows the solution as it is stored now
   * @param {TextOptions} names how a text names pictures of the problem
   */
  constructor(view, path, reload, names) {
    this.#view = view;
    this.#path = path;
    this.#reload = reload;
    this.#names = names;
    this.#labels = view.steps.map((_, step) => view.decision?.labels[step] ?? this.#agreed(step));
    this.#cause = view.decision?.cause ?? null;
    const files = view.file_labels.map(({ source }) => `file: ${source}`);
    const head = [
      "#",
      "Step",
      ...view.annotations.map(annotatorName),
      ...files,
      ...view.scorings.map(modelHead),
      "Final",
      "Decide",
    ];
    this.#rows = view.steps.map((text, step) => this.#row(text, step));
    this.node = el(
      "section",
      { class: "vp-card vp-sv-labels", "aria-label": "Labels" },
      el(
        "div",
        { class: "vp-sv-scroll", tabindex: "0", role: "group", "aria-label": "Labels of every step" },
        el(
          "table",
          {},
          el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
          el("tbody", {}, ...this.#rows.map(({ node }) => node)),
        ),
      ),
      this.#remarks(),
      this.#decisionForm(),
    );
    this.#draw();
  }

  /**
   * The different labels that a step got.
   * @param {number} step
   */
  #given(step) {
    return [...new Set(this.#view.annotations.map(({ labels }) => labels[step]).filter((label) => label !== null))];
  }

  /**
   * The label that everybody gave a step, or null.
   * @param {number} step
   * @returns {StepLabel}
   */
  #agreed(step) {
    const given = this.#given(step);
    return given.length === 1 ? given[0] : null;
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
    const { annotations, file_labels: files, scorings, final } = this.#view;
    const content = el("div", { class: "vp-sv-text", dir: "auto" });
    showText(content, text, this.#names);
    const buttons = labelChoice(`Decide step ${step + 1}`, (value) => {
      this.#labels = this.#labels.with(step, this.#labels[step] === value ? null : value);
      this.#draw();
    });
    const node = el(
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
      ...scorings.map((scoring) => scoreCell(scoring, step)),
      el(
        "td",
        { "data-title": "Final" },
        labelIcon(final[step].label),
        el("span", { class: "vp-sv-rule", text: RULES[final[step].rule] }),
      ),
      el("td", {}, buttons.node),
    );
    return { node, buttons };
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

  #decisionForm() {
    for (const [cause, text] of Object.entries(CAUSES)) {
      this.#causes.set(
        cause,
        el("button", {
          type: "button",
          class: "vp-btn",
          "aria-pressed": "false",
          text,
          onclick: () => {
            this.#cause = this.#cause === cause ? null : cause;
            this.#draw();
          },
        }),
      );
    }
    this.#note.value = this.#view.decision?.note ?? "";
    const before = this.#view.decision
      ? el("p", {
          class: "vp-status-line",
          text: decisionText(this.#view.decision),
        })
      : null;
    return el(
      "div",
      { class: "vp-sv-decision" },
      el("p", { class: "vp-label", text: "Why did they differ?" }),
      el("div", { class: "vp-sv-cause-buttons", role: "group", "aria-label": "Cause" }, ...this.#causes.values()),
      this.#note,
      el("div", { class: "vp-button-row" }, this.#save, before ?? "", this.#status),
    );
  }

  #draw() {
    for (const [step, { buttons }] of this.#rows.entries()) {
      buttons.set(this.#labels[step] ?? null);
    }
    for (const [cause, button] of this.#causes) setAttr(button, "aria-pressed", String(this.#cause === cause));
    const differing = [...this.#labels.keys()].filter((step) => this.#differs(step));
    const why = decisionProblem(this.#cause, this.#labels, differing);
    this.#save.disabled = why !== "";
    setText(this.#status, why);
  }

  async #decide() {
    this.#save.disabled = true;
    setText(this.#status, "Saving…");
    try {
      await call(`${this.#path}/decision`, {
        method: "POST",
        body: { labels: this.#labels, cause: this.#cause, note: this.#note.value, queue: this.#view.queue ?? null },
      });
      await this.#reload();
      const next = document.querySelector(".vp-breadcrumbs [rel='next']");
      if (next instanceof HTMLElement) next.focus(); // Enter goes on to the next disagreement
    } catch (error) {
      this.#save.disabled = false;
      setText(this.#status, errorText(error));
    }
  }
}

/** @param {AnnotationView} annotation */
function annotatorName({ annotator, stage }) {
  return el(
    "span",
    {},
    annotator,
    stage === "revealed" ? el("span", { class: "vp-sv-stage", text: " after the scores" }) : "",
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
  return `Decided by ${by}, ${formatTime(at)}. Deciding again keeps both.`;
}
