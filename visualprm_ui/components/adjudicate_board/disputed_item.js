// One solution on which people differ, on screen: the problem, who said what, the decision and its cause. Draws; sends
// nothing.

import { el, setAttr, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address } from "../../assets/rest.js";
import { lineOf } from "../../assets/rich_text.js";
import { AutosaveField } from "../label_board/autosave_field.js";
import { ProblemPane } from "../label_board/problem_pane.js";
import { CAUSES, chooseCause, decideStep, decideText, decisionProblem, differText, openSteps } from "./decision.js";
import { DisputedSteps } from "./disputed_steps.js";

/** @import { DisputedSolution, Label } from "../../assets/api.d.ts" */
/** @import { BoardShell } from "../review_board/board_shell.js" */
/** @import { Cause, Draft } from "./decision.js" */

export class DisputedItem {
  /** @type {Draft} */
  draft;
  current; // step
  #steps;
  #note;
  #causes;
  #submit;
  #submitText = el("span");
  #parts;

  /**
   * @param {DisputedSolution} view
   * @param {() => void} decide
   */
  constructor(view, decide) {
    this.view = view;
    const { decision, steps, differing } = view;
    const cause = CAUSES.find(([each]) => each === decision?.cause)?.[0] ?? null;
    this.draft = {
      // all of an earlier decision: the new one takes its place as a whole
      labels: steps.map((_, step) => decision?.labels[step] ?? null),
      cause,
      note: decision?.note ?? "",
    };
    this.current = openSteps(this.draft, differing)[0] ?? differing[0];
    this.problem = new ProblemPane(view);
    this.#steps = new DisputedSteps(view, this.problem.pictureNames, (label, step) => this.choose(label, step));
    this.#note = new AutosaveField(
      "Note on this decision",
      (text) => {
        this.draft = { ...this.draft, note: text };
      },
      { placeholder: "Note" },
    );
    this.#note.set(this.draft.note);
    this.#causes = new Map(CAUSES.map(([each, text], at) => [each, this.#causeButton(each, text, String(at + 4))]));
    this.#submit = el(
      "button",
      { type: "button", class: "vp-lb-submit", onclick: decide },
      this.#submitText,
      el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "↵" }),
    );
    this.#parts = {
      problem: this.problem.node,
      head: this.#head(),
      list: [...this.#remarks(), this.#steps.node],
      foot: [this.#foot()],
    };
  }

  /** @param {BoardShell} shell */
  showIn(shell) {
    shell.showItem(this.#parts);
    this.draw();
    this.#steps.reveal(this.current);
  }

  draw() {
    this.#steps.draw(this.draft, this.current);
    for (const [cause, button] of this.#causes) setAttr(button, "aria-pressed", String(this.draft.cause === cause));
    setText(this.#submitText, decideText(this.draft, this.view.differing));
    setAttr(this.#submit, "aria-disabled", decisionProblem(this.draft, this.view.differing) ? "true" : null);
  }

  /**
   * Decides a step and goes to the next one that is open.
   * @param {Label} label
   * @param {number} [step] the current one
   */
  choose(label, step = this.current) {
    this.draft = decideStep(this.draft, step, label);
    const open = openSteps(this.draft, this.view.differing);
    this.current = this.draft.labels[step] === null ? step : (open.find((each) => each > step) ?? open[0] ?? step);
    this.draw();
    this.#steps.reveal(this.current);
  }

  /** @param {Cause} cause */
  cause(cause) {
    this.draft = chooseCause(this.draft, cause);
    this.draw();
  }

  /** @param {number} by among the steps that differ */
  move(by) {
    const { differing } = this.view;
    const at = Math.max(0, Math.min(differing.length - 1, differing.indexOf(this.current) + by));
    this.current = differing[at];
    this.draw();
    this.#steps.reveal(this.current);
  }

  focusNote() {
    this.#note.node.focus();
  }

  /** Takes what was typed and not taken yet. */
  commit() {
    this.#note.commit();
  }

  #head() {
    const { annotations, differing, steps, decision, decided, solution } = this.view;
    const names = annotations.map(({ annotator }) => annotator);
    const which = differing.length === 1 ? "that one" : "those";
    const stands = steps.length > differing.length ? "; what they agree on stands" : "";
    const hint = decided
      ? `Decided by ${decision?.by}. Deciding again keeps both.`
      : `Decide ${which}${stands}. Scores stay hidden until then.`;
    const query = new URLSearchParams({ view: "solution", id: solution });
    return [
      el("h2", { text: differText(names, differing.length, steps.length) }),
      el("span", { class: "vp-lb-hint", text: hint }),
      decided ? el("a", { class: "vp-rv-all", href: address(`dataset?${query}`), text: "Scores and history" }) : null,
    ].filter((node) => node !== null);
  }

  /** What people said of the whole. */
  #remarks() {
    return this.view.annotations
      .filter(({ note, flagged }) => note !== "" || flagged)
      .map(({ annotator, note, flagged }) => {
        const words = [flagged ? "flagged it. " : "", note ? lineOf("span", `“${note}”`) : ""];
        return el(
          "p",
          { class: "vp-banner" },
          icon("note"),
          el("span", {}, el("b", { text: `${annotator} ` }), ...words),
        );
      });
  }

  #foot() {
    return el(
      "div",
      { class: "vp-lb-actions vp-rv-actions" },
      el("span", { class: "vp-ad-why", "aria-hidden": "true", text: "Why?" }),
      el("div", { class: "vp-lb-chips", role: "group", "aria-label": "Why they differ" }, ...this.#causes.values()),
      el(
        "div",
        { class: "vp-lb-note" },
        icon("note"),
        this.#note.node,
        el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "N" }),
      ),
      this.#submit,
    );
  }

  /**
   * @param {Cause} cause
   * @param {string} text
   * @param {string} key
   */
  #causeButton(cause, text, key) {
    return el(
      "button",
      { type: "button", class: "vp-lb-chip", "aria-pressed": "false", onclick: () => this.cause(cause) },
      el("span", { text }),
      el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }),
    );
  }
}
