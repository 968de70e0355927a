// The dialog of a new evaluation: its kind, what that kind asks for, what it will cost, the command that does the same.
// The kinds bring their own fields. Loaded when it is opened.

import { el, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { inWords } from "../transfer_panel/job_text.js";
import { errorLine, loadStyles, openModal } from "../transfer_panel/modal.js";
import { copyButton } from "./copy_button.js";
import { countText } from "./figures.js";
import { KINDS, kindOf } from "./kinds.js";
import { ordinal } from "./state_words.js";

/** @import { Evaluation, EvaluationExtent, EvaluationKind } from "../../assets/api.d.ts" */
/** @import { LabelledSetChoice, LabelledSetList } from "../../assets/api.d.ts" */

/**
 * @typedef {Record<string, string | number | boolean | null>} Fields
 * @typedef {Record<string, string | number | boolean | null | string[] | Fields>} EvaluationRequest
 *   of POST api/evaluations
 *
 * @typedef {object} FormContext
 * @property {LabelledSetChoice[]} sets with labels, in the store
 * @property {Evaluation | null} like an earlier one that it is to repeat
 * @property {() => void} changed something else is asked for
 *
 * @typedef {object} KindForm
 * @property {Node} node
 * @property {() => EvaluationRequest} request what is asked for, without the kind
 * @property {() => string | null} problem why nothing can be asked for yet
 * @property {(extent: EvaluationExtent | null, isCounting: boolean) => void} told what it would be about; null: not
 *   known, or not yet
 */

const TYPING_MS = 250;
/** @type {[string, string][]} */
const COUNTING = [["…", "counting"]];

/**
 * Opens the dialog.
 * @param {Evaluation | null} like
 * @param {(started: Evaluation) => void} started
 * @param {EvaluationKind} [kind] that is chosen at first, where none is given to be like
 */
export async function openNewEvaluation(like, started, kind = like?.kind ?? KINDS[0].kind) {
  /** @type {[LabelledSetList, void, void]} */
  const [{ sets }] = await Promise.all([
    call("api/evaluations/sets"),
    loadStyles(),
    loadStyleSheet(new URL("./new_dialog.css", import.meta.url)),
  ]);
  const dialog = new NewEvaluation(sets, like, started, kind);
  await dialog.choose(kind);
}

/** One dialog. */
class NewEvaluation {
  /** @type {EvaluationKind} */
  #kind = KINDS[0].kind;
  /** @type {KindForm | null} */
  #form = null;
  #fields = el("div", { class: "vp-ev-new-fields" });
  #cost = el("dl", { class: "vp-ev-new-cost" });
  #error = errorLine();
  #title = el("input", {
    type: "text",
    maxlength: 200,
    "aria-label": "Title",
    placeholder: "named after model and set",
  });
  #command = el("code", { tabindex: "0", "aria-label": "The same in a terminal" });
  #copy = copyButton("Copy", () => this.#command.textContent ?? "");
  #start = el("button", { type: "button", class: "vp-btn vp-btn-primary", disabled: true }, icon("play"), "Start");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asked = 0;

  /**
   * @param {LabelledSetChoice[]} sets
   * @param {Evaluation | null} like
   * @param {(started: Evaluation) => void} started
   * @param {EvaluationKind} kind that is chosen at first
   */
  constructor(sets, like, started, kind) {
    this.#kind = kind;
    this.sets = sets;
    this.like = like;
    this.started = started;
    const cancel = el("button", { type: "button", class: "vp-btn", text: "Cancel" });
    const nano = el("button", { type: "button", class: "vp-ev-link vp-ev-new-nano", text: "Run the nano benchmark" });
    this.#title.value = like?.title ?? "";
    this.node = openModal({
      title: like ? "Run again" : "New evaluation",
      hint: "",
      body: [
        el(
          "div",
          { class: "vp-ev-new" },
          el(
            "div",
            { class: "vp-ev-new-side" },
            this.#kinds(),
            el("p", { class: "vp-ev-note vp-ev-new-hint" }, "New here? ", nano, ": nothing to choose, exact labels."),
          ),
          el("div", { class: "vp-ev-new-main" }, this.#fields, this.#titled(), this.#error.line, this.#cost),
        ),
      ],
      foot: [el("span", { class: "vp-ev-new-command" }, this.#command, this.#copy), cancel, this.#start],
    });
    this.node.classList.add("vp-ev-dialog");
    cancel.addEventListener("click", () => this.node.close());
    nano.addEventListener("click", () => this.#begin(() => call("api/evaluations/nano", { method: "POST" })));
    this.#start.addEventListener("click", () =>
      this.#begin(() => call("api/evaluations", { method: "POST", body: this.#request() })),
    );
  }

  #titled() {
    return el("section", { class: "vp-ev-new-part" }, el("h3", { text: "Title" }), this.#title);
  }

  #kinds() {
    return el(
      "fieldset",
      { class: "vp-ev-new-kinds" },
      el("legend", { class: "vp-hidden", text: "Kind" }),
      ...KINDS.map(({ kind, title, question }) => {
        const input = el("input", { type: "radio", name: "vp-ev-kind", value: kind });
        input.checked = kind === this.#kind;
        input.addEventListener("change", () => this.choose(kind));
        return el("label", {}, input, el("span", {}, el("b", { text: title }), el("small", { text: question })));
      }),
    );
  }

  /**
   * Shows what a kind asks for.
   * @param {EvaluationKind} kind
   */
  async choose(kind) {
    this.#kind = kind;
    this.#form = null;
    this.#forget();
    const found = kindOf(kind) ?? KINDS[0];
    const { buildForm } = await found.form();
    if (this.#kind !== kind) return; // another one was chosen meanwhile
    this.#form = buildForm({ sets: this.sets, like: this.like, changed: () => this.#changed() });
    this.#fields.replaceChildren(this.#form.node);
    this.#changed();
    this.#fields.querySelector("select")?.focus();
  }

  #request() {
    const title = this.#title.value.trim();
    return { kind: this.#kind, ...(title ? { title } : {}), ...this.#form?.request() };
  }

  /** What was asked and told before is not about what is asked for now. */
  #forget() {
    this.#start.disabled = true;
    this.#error.say("");
    this.#asked += 1;
    clearTimeout(this.#timer);
    this.#told(null);
  }

  /** Asks what it would be about, once nobody types. */
  #changed() {
    this.#forget();
    const problem = this.#form?.problem() ?? null;
    if (problem !== null) return this.#error.say(problem);
    this.#told(null, true);
    this.#timer = setTimeout(() => this.#ask(), TYPING_MS);
    return undefined;
  }

  async #ask() {
    const asked = this.#asked;
    try {
      /** @type {EvaluationExtent} */
      const extent = await call("api/evaluations/extent", { method: "POST", body: this.#request() });
      if (asked !== this.#asked) return;
      this.#told(extent);
      if (extent.reward_model === null)
        this.#error.say("No reward model is loaded. Load one under Models on Explore, then come back.");
      else if (extent.set.solutions === 0) this.#error.say("No labelled solution matches. Choose another set.");
      else this.#start.disabled = false;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#told(null);
      this.#error.say(errorText(error));
    }
  }

  /**
   * @param {EvaluationExtent | null} extent
   * @param {boolean} isCounting whether it is being asked for
   */
  #told(extent, isCounting = false) {
    this.#form?.told(extent, isCounting);
    setText(this.#command, extent?.command ?? "");
    for (const part of [this.#command, this.#copy]) show(part, Boolean(extent?.command));
    const cost = extent ? costWords(extent) : isCounting ? COUNTING : [];
    this.#cost.replaceChildren(...cost.map(costNode));
  }

  /** @param {() => Promise<Evaluation>} post */
  async #begin(post) {
    this.#start.disabled = true;
    this.#error.say("");
    try {
      const evaluation = await post();
      this.node.close();
      this.started(evaluation);
    } catch (error) {
      this.#error.say(errorText(error));
      this.#start.disabled = false;
    }
  }
}

/**
 * What is told before anything begins, as [number, words].
 * @param {Pick<EvaluationExtent, "seconds" | "waits_behind" | "already" | "set" | "dev">} extent
 * @returns {[string, string][]}
 */
export function costWords({ seconds, waits_behind: behind, already, set, dev }) {
  const all = set.solutions === null ? null : set.solutions + (dev?.solutions ?? 0);
  return [
    seconds === null
      ? ["–", "time not known: this model was not timed here yet"]
      : [inWords(seconds), "estimated from earlier work of this model here"],
    behind === 0
      ? ["next", "in the queue"]
      : [ordinal(behind + 1), `in the queue, behind ${behind} other${behind === 1 ? "" : "s"}`],
    all === null ? [countText(already), "solutions scored already"] : toScore(all, already),
  ];
}

/**
 * @param {number} all
 * @param {number} already
 * @returns {[string, string]}
 */
function toScore(all, already) {
  const rest = all - already;
  const words = `solution${rest === 1 ? "" : "s"} to score`;
  return [countText(rest), already === 0 ? words : `${words}: ${countText(already)} of ${countText(all)} are scored`];
}

/** @param {[string, string]} cost */
function costNode([number, words]) {
  return el("div", {}, el("dt", { text: words }), el("dd", { class: "vp-num", text: number }));
}
