// The end of a sample: how it stands, accept or send back, and what the annotators will read. Draws; sends nothing.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { lineOf } from "../../assets/rich_text.js";
import { sendBackCard } from "../label_board/send_back_card.js";
import { counts, outcomeText, whoElse } from "./judgement.js";
import { squares } from "./sample_strip.js";

/** @import { SampledItem, SplitSample } from "../../assets/api.d.ts" */

/**
 * @typedef {object} EndListener
 * @property {(at: number) => void} open an item again
 * @property {() => void} accept
 * @property {(note: string) => void} sendBack
 * @property {string} reviewer the name that annotators read
 * @property {(item: SampledItem) => Promise<string[]>} steps of a solution
 */

/** @type {Record<string, { heading: string, text: string }>} states of a split in which there is nothing to judge */
const NOT_JUDGED = {
  labelling: {
    heading: "Not under review yet",
    text: "It is still being labelled. It will come up for review on its own.",
  },
  returned: {
    heading: "Sent back",
    text: "Its annotators are going through it again. It will come back for review on its own.",
  },
};

export class EndOfSplit {
  #status = el("p", { class: "vp-status-line", role: "status" });
  #note = el("textarea", {
    rows: "3",
    maxlength: "10000",
    id: "vp-rv-word",
    placeholder: "For example which rule to read again",
    dir: "auto",
  });
  #on;
  #state;

  /**
   * @param {SplitSample} sample
   * @param {EndListener} on
   */
  constructor(sample, on) {
    const { items, state } = sample;
    this.#on = on;
    this.#state = { ...counts(items), isOpen: state === "review" };
    const { wrong } = this.#state;
    const heading = NOT_JUDGED[state]?.heading ?? headingOf(this.#state, items.length);
    this.#note.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#note.blur();
    });
    this.node = el(
      "div",
      { class: "vp-lb-screen" },
      el(
        "div",
        { class: "vp-lb-screen-body vp-rv-end" },
        el("h2", { tabindex: "-1", text: heading }),
        this.#outcome(sample),
        el(
          "div",
          { class: "vp-rv-end-parts" },
          itemTable(items, on.open),
          this.#state.isOpen && wrong > 0 ? this.#preview(items) : null,
        ),
      ),
    );
  }

  /** Accepts the split where that can be done. */
  accept() {
    if (this.#state.isOpen && this.#state.left === 0) this.#on.accept();
    else if (!this.#state.isOpen) this.say("This split is not under review.");
    else this.say(this.#isOwnLeft ? "Your own labels have to be judged first." : "Judge what is left first.");
  }

  /** Sends the split back where that can be done. */
  sendBack() {
    if (this.#state.isOpen && this.#state.wrong > 0) this.#on.sendBack(this.#note.value);
    else this.say("Every judged item is right, so there is no reason to send the split back.");
  }

  /** Whether all that is left to judge are the reader's own labels. */
  get #isOwnLeft() {
    return this.#state.own > 0 && this.#state.own === this.#state.left;
  }

  /** @param {string} text */
  say(text) {
    setText(this.#status, text);
  }

  focusNote() {
    if (this.#note.isConnected) this.#note.focus();
  }

  focus() {
    this.node.querySelector("h2")?.focus({ preventScroll: true });
  }

  /** @param {SplitSample} sample */
  #outcome({ items, total, limit, state, others }) {
    const { wrong, judged, left, isOpen } = this.#state;
    const back = `Sending it back opens all ${plural(total, "solution")} for their annotators again`;
    const notes = wrong > 0 ? `${back}; your notes appear above the items that are not right.` : "";
    const accept = wrong > limit ? "Accept anyway" : "Accept the split";
    const isOver = wrong > limit; // what to do is the reviewer's decision: the limit only says which comes first
    return el(
      "section",
      { class: "vp-card vp-rv-outcome", "aria-label": "Outcome" },
      squares(items, null, null),
      el(
        "div",
        {},
        NOT_JUDGED[state] ? null : el("p", { class: "vp-rv-share", text: outcomeText(wrong, judged, limit) }),
        isOpen && this.#isOwnLeft ? el("p", { text: `These are your own labels. ${whoElse(others)}` }) : null,
        el("p", {
          class: "vp-rv-about",
          text: isOpen ? notes : (NOT_JUDGED[state]?.text ?? "This split is accepted."),
        }),
      ),
      isOpen
        ? el(
            "div",
            { class: "vp-button-row" },
            decisionButton(accept, "A", isOver ? "" : "vp-btn-primary", left > 0, () => this.accept()),
            wrong > 0
              ? decisionButton("Send back", "B", isOver ? "vp-btn-primary" : "", false, () => this.sendBack())
              : null,
            this.#status,
          )
        : this.#status,
    );
  }

  /** @param {SampledItem[]} items */
  #preview(items) {
    const first = items.find(({ verdict }) => verdict === "wrong");
    const card = el("div");
    const side = el(
      "div",
      { class: "vp-rv-preview" },
      el("p", { class: "vp-label", text: `What ${first?.annotator} will see on top of the item` }),
      card,
      el("label", { class: "vp-label", for: "vp-rv-word", text: "Note to all annotators of this split (optional)" }),
      this.#note,
    );
    const draw = async () => {
      if (!first) return;
      const steps = await this.#on.steps(first).catch(() => []);
      const review = { by: this.#on.reviewer, note: first.note, questioned: first.questioned };
      const show = () => card.replaceChildren(sendBackCard(review, this.#note.value, first.labels, steps));
      this.#note.addEventListener("input", show);
      show();
    };
    draw();
    return side;
  }
}

/**
 * @param {ReturnType<typeof counts>} state
 * @param {number} total
 */
function headingOf({ left, own }, total) {
  if (left === 0) return `All ${total} are judged`;
  if (left === own) return `${plural(left, "item")} left that you cannot judge`;
  return `${plural(left, "item")} still to judge`;
}

/**
 * @param {string} text
 * @param {string} key
 * @param {string} style
 * @param {boolean} disabled
 * @param {() => void} work
 */
function decisionButton(text, key, style, disabled, work) {
  return el(
    "button",
    { type: "button", class: `vp-btn ${style}`, disabled, onclick: work },
    el("span", { text }),
    el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key }),
  );
}

/**
 * @param {SampledItem[]} items
 * @param {(at: number) => void} open
 */
function itemTable(items, open) {
  const row = (
    /** @type {SampledItem} */ { question, annotator, own, verdict, note, questioned },
    /** @type {number} */ at,
  ) => {
    const steps = questioned.map(({ step }) => step + 1).join(", ");
    const why = [steps ? `step ${steps}` : "", note].filter(Boolean).join(": ");
    const link = el(
      "button",
      { type: "button", class: "vp-rv-open", onclick: () => open(at) },
      lineOf("span", question),
    );
    const unjudged = own ? "your own" : "to judge";
    const word = verdict === null ? unjudged : verdict === "right" ? "right" : "not right";
    const sign = verdict === null ? null : icon(verdict === "right" ? "check" : "cross", 14);
    return el(
      "tr",
      { "data-verdict": verdict ?? "none" },
      el("th", { scope: "row", class: "vp-num", text: String(at + 1) }),
      el("td", {}, link, why && verdict === "wrong" ? lineOf("span", why, { class: "vp-rv-why" }) : null),
      el("td", { "data-title": "By", text: annotator }),
      el("td", { "data-title": "Verdict" }, el("span", { class: "vp-rv-word" }, sign, word)),
    );
  };
  const head = ["#", "Solution", "By", "Verdict"].map((text) => el("th", { scope: "col", text }));
  return el(
    "div",
    { class: "vp-card vp-rv-table" },
    el(
      "table",
      {},
      el("caption", { class: "vp-hidden", text: "Sample" }),
      el("thead", {}, el("tr", {}, ...head)),
      el("tbody", {}, ...items.map(row)),
    ),
  );
}
