// Editing a step: what it would say as others will read it, what the reward model says of it, and going on from there.

import { el, setText, show } from "../../assets/dom.js";
import { errorText } from "../../assets/rest.js";
import { showText } from "../../assets/rich_text.js";
import { scoreBall, scoreText, setScoreBall, spokenScore } from "../../assets/scores.js";
import { AGAIN } from "./branch_facts.js";

/** @import { TextOptions } from "../../assets/rich_text.js" */

const SCORE_MS = 500; // after the last key, before the models are asked

/**
 * @typedef {object} EditedStep
 * @property {string} text as it is
 * @property {number} step 0-based
 * @property {number | null} score of the text as it is
 * @property {TextOptions} names of pictures
 * @property {(text: string, signal: AbortSignal) => Promise<number | null>} scoreOf
 * @property {(text: string, n: number) => Promise<void>} goOn
 * @property {() => void} leave
 */

/** @param {EditedStep} edited */
export function buildStepEditor({ text, step, score, names, scoreOf, goOn, leave }) {
  const id = `vp-edit-${step}`;
  const field = el("textarea", { class: "vp-edit-field", id, rows: 2, spellcheck: "true" });
  field.value = text;
  const reads = el("div", { class: "vp-edit-reads", dir: "auto" });
  const ball = scoreBall(score);
  const number = el("span", { class: "vp-num", "aria-hidden": "true", text: scoreText(score) });
  const spoken = el("span", { class: "vp-hidden", text: spokenScore(score) });
  const enter = el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "Ctrl ↵" });
  const many = el("button", { type: "button", class: "vp-btn vp-btn-primary" }, `Go on, ${AGAIN} times`, enter);
  const once = el("button", { type: "button", class: "vp-btn", text: "Go on once" });
  const escKey = el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "Esc" });
  const left = el("button", { type: "button", class: "vp-btn vp-btn-quiet" }, "Leave it", escKey);
  const error = el("p", { class: "vp-edit-error", role: "alert", hidden: true });
  const node = el(
    "div",
    { class: "vp-edit" },
    el("label", { class: "vp-hidden", for: id, text: `What step ${step + 1} should say` }),
    field,
    el(
      "div",
      { class: "vp-edit-line" },
      el("span", { class: "vp-edit-word", text: "reads" }),
      reads,
      el("span", { class: "vp-edit-score", "aria-live": "polite" }, ball, number, spoken),
    ),
    el("div", { class: "vp-edit-actions" }, many, once, left),
    error,
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asking = new AbortController();

  /** @param {string} message */
  const tell = (message) => {
    setText(error, message);
    show(error, message !== "");
  };
  /** @param {number | null} found */
  const showScore = (found) => {
    setScoreBall(ball, found);
    setText(number, found === null ? "…" : scoreText(found));
    setText(spoken, found === null ? "not scored yet" : spokenScore(found));
  };
  const ask = async () => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const found = await scoreOf(field.value, signal);
      if (!signal.aborted) showScore(found);
    } catch (problem) {
      if (!signal.aborted) tell(errorText(problem));
    }
  };
  const changed = () => {
    showText(reads, field.value, names);
    tell("");
    clearTimeout(timer);
    asking.abort();
    if (field.value.trim() === text.trim()) return showScore(score);
    showScore(null);
    if (field.value.trim()) timer = setTimeout(ask, SCORE_MS);
    return undefined;
  };
  const close = () => {
    clearTimeout(timer);
    asking.abort();
    leave();
  };
  /** @param {number} n */
  const go = async (n) => {
    many.disabled = once.disabled = true;
    try {
      await goOn(field.value, n);
    } catch (problem) {
      tell(errorText(problem));
    }
    many.disabled = once.disabled = false;
  };
  field.addEventListener("input", changed);
  many.addEventListener("click", () => go(AGAIN));
  once.addEventListener("click", () => go(1));
  left.addEventListener("click", close);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) go(AGAIN);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  showText(reads, text, names);
  const focus = () => {
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  };
  return { node, focus, close };
}
