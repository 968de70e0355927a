// Deleting the run on the board: the item in its head, for those who may, and what is said where somebody has deleted
// it meanwhile. Loaded with the first run of the store that has ended.

import { el, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText, statusOf } from "../../assets/rest.js";
import { showError } from "./run_actions.js";

/** @import { BoardParts, BoardState } from "./mount.js" */

/** What is said in place of a run that is not there any more. */
export const DELETED = "It was deleted, with its solutions.";

/**
 * Adds "Delete…" to the head of the board; returns what offers it for the run shown, where it is another one. The
 * question whether that run may be deleted also tells that it is gone; it is asked again when the page comes back.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} draw
 */
export function offerDeletion(board, state, draw) {
  const name = { "aria-label": "Delete…", title: "Delete…" }; // no text: the head is full of it
  const button = el(
    "button",
    { class: "vp-btn vp-btn-quiet", type: "button", ...name, hidden: true, onclick: () => open() },
    icon("trash"),
  );
  board.header.actions.append(button);
  let asked = "";
  let isOpening = false;

  const ask = async () => {
    const run = asked;
    let mayDelete = false;
    try {
      await call(`${pathOf(run)}/deletion`);
      mayDelete = true;
    } catch (error) {
      if (statusOf(error) === 404) takeAway(run);
    }
    if (asked === run) show(button, mayDelete);
  };

  const open = async () => {
    if (isOpening) return;
    isOpening = true;
    showError(board, "");
    try {
      const { openDeletion } = await import("../deletion/dialog.js");
      await openDeletion({ path: pathOf(asked), next: address("./"), nextText: "Go to Explore" });
    } catch (error) {
      if (statusOf(error) === 404) takeAway(asked);
      else showError(board, `What would be deleted could not be counted. ${errorText(error)}`);
    }
    isOpening = false;
  };

  /** @param {string} run */
  const takeAway = (run) => {
    if (state.view?.run !== run) return;
    state.formerRuns.add(run);
    state.view = null;
    state.refusal = DELETED;
    draw();
    window.dispatchEvent(new CustomEvent("vp-run", { detail: { run, state: "deleted" } })); // lists leave it out
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && board.node.isConnected && state.view?.run === asked) ask();
  });
  return () => {
    const run = state.view?.run ?? "";
    if (run === asked) return;
    asked = run;
    show(button, false);
    ask();
  };
}

/** @param {string} run */
function pathOf(run) {
  return `api/runs/${encodeURIComponent(run)}`;
}
