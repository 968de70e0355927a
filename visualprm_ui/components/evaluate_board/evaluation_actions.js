// What can be done with an evaluation, on the list and on its page: cancel, resume, run again, remove.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";
import { isUnfinished } from "../transfer_panel/job_text.js";
import { countText } from "./figures.js";

/** @import { Evaluation, EvaluationKind } from "../../assets/api.d.ts" */

/** @param {Pick<Evaluation, "id">} evaluation */
export function pathOf({ id }) {
  return `api/evaluations/${encodeURIComponent(id)}`;
}

/**
 * Whether something is left to do: what was not begun, or what could not be done and is tried again.
 * @param {Pick<Evaluation, "state" | "failed">} evaluation
 */
export function canResume({ state, failed }) {
  return state === "failed" || state === "cancelled" || triesAgain({ state, failed });
}

/**
 * Whether it is done but for what could not be done.
 * @param {Pick<Evaluation, "state" | "failed">} evaluation
 */
export function triesAgain({ state, failed }) {
  return state === "done" && failed > 0;
}

/**
 * What Resume does where that is not plain; "" where it is.
 * @param {Pick<Evaluation, "state" | "failed">} evaluation
 */
export function resumeNote({ state, failed }) {
  return triesAgain({ state, failed })
    ? `Retries what failed (${countText(failed)}). The figures stay until there are new ones.`
    : "";
}

/**
 * Whether an evaluation can stand beside another one of its kind.
 * @param {Pick<Evaluation, "state">} evaluation
 */
export function canCompare({ state }) {
  return state === "done";
}

/**
 * Ends the work; what is done is kept.
 * @param {Evaluation} evaluation
 */
export async function cancel(evaluation) {
  if (isUnfinished(evaluation)) await call(`${pathOf(evaluation)}/cancel`, { method: "POST" });
}

/**
 * Whether something that was to be added to a finished evaluation waits for a model.
 * @param {Pick<Evaluation, "state" | "has_figures">} evaluation
 */
export function canGiveUp({ state, has_figures: hasFigures }) {
  return state === "failed" && hasFigures;
}

/**
 * Leaves it at what was there before.
 * @param {Evaluation} evaluation
 */
export async function giveUp(evaluation) {
  await call(`${pathOf(evaluation)}/cancel`, { method: "POST" });
}

/** @param {Evaluation} evaluation */
export async function resume(evaluation) {
  await call(`${pathOf(evaluation)}/resume`, { method: "POST" });
}

/**
 * Asks, then removes an evaluation; the scores of solutions and all labels stay.
 * @param {Evaluation} evaluation
 * @param {() => void} removed
 */
export function askToRemove(evaluation, removed) {
  const error = el("p", { class: "vp-ev-bad", role: "alert" });
  const keep = el("button", { type: "button", class: "vp-btn", text: "Keep it" });
  const remove = el("button", { type: "button", class: "vp-btn vp-btn-primary", text: "Remove" });
  const dialog = el(
    "dialog",
    { class: "vp-host vp-ev-ask", "aria-labelledby": "vp-ev-ask-title" },
    el("h2", { id: "vp-ev-ask-title", dir: "auto", text: `Remove “${evaluation.title}”?` }),
    el("p", {
      text:
        "Its figures and its record are deleted, and links to it stop working. " +
        "Labels and the scores of solutions stay.",
    }),
    error,
    el("div", { class: "vp-ev-ask-row" }, keep, remove),
  );
  keep.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  remove.addEventListener("click", async () => {
    remove.disabled = true;
    try {
      await call(pathOf(evaluation), { method: "DELETE" });
      dialog.close();
      removed();
    } catch (caught) {
      setText(error, errorText(caught));
      remove.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  keep.focus();
}

/**
 * A button whose work is under way once; its refusal is said beside it.
 * @param {string} name
 * @param {import("../../assets/icons.js").IconName} picture
 * @param {() => unknown} work
 * @param {(sentence: string) => void} say
 * @param {string} [look]
 */
export function actionButton(name, picture, work, say, look = "") {
  const button = el("button", { type: "button", class: `vp-btn ${look}` }, icon(picture), el("span", { text: name }));
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("");
    try {
      await work();
    } catch (error) {
      say(errorText(error));
    }
    button.disabled = false;
  });
  return button;
}

/**
 * Opens the dialog of a new evaluation, filled in as an earlier one was where one is given.
 * @param {Evaluation | null} like
 * @param {(started: Evaluation) => void} started
 * @param {EvaluationKind} [kind] that is chosen at first, where none is given to be like
 */
export async function openNew(like, started, kind) {
  const { openNewEvaluation } = await import("./new_dialog.js");
  await openNewEvaluation(like, started, kind);
}
