// What can be done with a run: its link, labelling it; and what is said of it.

import { setText, show } from "../../assets/dom.js";
import { address, call, errorText } from "../../assets/rest.js";
import { EXAMPLE_RUN, isLive } from "./run_facts.js";
import { LABEL_TEXT } from "./run_header.js";
import { runLink } from "./share.js";

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */
/** @import { BoardParts, BoardState } from "./mount.js" */

/**
 * Saves a run as a file.
 * @param {BoardParts} board
 * @param {RunView} view
 * @param {"json" | "md"} kind
 * @param {Aggregation} aggregation
 */
export async function saveRun(board, view, kind, aggregation) {
  const text =
    kind === "json"
      ? `${JSON.stringify(view, null, 1)}\n`
      : (await import("./run_markdown.js")).runMarkdown(view, aggregation);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind === "json" ? "application/json" : "text/markdown" }));
  link.download = `run-${view.run.slice(0, 8)}.${kind}`;
  link.click();
  URL.revokeObjectURL(link.href);
  board.header.download.open = false;
}

/**
 * Copies the run's address.
 * @param {BoardParts} board
 * @param {string} run
 */
export async function copyLink(board, run) {
  const link = runLink(run);
  try {
    await navigator.clipboard.writeText(link);
    confirmOn(board.header.copy, "Link copied", "Copy link");
    setText(board.live, "Link copied");
  } catch {
    showError(board, `The browser does not let this page copy. The link is ${link}`);
  }
}

/**
 * @param {BoardParts} board
 * @param {string} run
 */
export async function labelThese(board, run) {
  const { label } = board.header;
  label.disabled = true;
  setText(label.lastChild, "Opening…");
  try {
    /** @type {{ queue: string }} */
    const { queue } = await call(`api/runs/${encodeURIComponent(run)}/queue`, { method: "POST" });
    location.assign(address(`annotate?queue=${encodeURIComponent(queue)}`));
  } catch (error) {
    showError(board, `The solutions could not be queued for labelling. ${errorText(error)}`);
    setText(label.lastChild, LABEL_TEXT);
    label.disabled = false;
  }
}

/**
 * Returns what offers to delete the run on the board once it has ended; its code comes with the first such run.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} draw
 */
export function deletionOffer(board, state, draw) {
  /** @type {Promise<() => void> | null} */
  let offer = null;
  return async () => {
    if (!state.view || isLive(state.view) || state.view.run === EXAMPLE_RUN) return;
    offer ??= import("./run_deletion.js").then((module) => module.offerDeletion(board, state, draw));
    (await offer)();
  };
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} done
 * @param {string} usual
 */
function confirmOn(button, done, usual) {
  setText(button.lastChild, done);
  setTimeout(() => setText(button.lastChild, usual), 2500);
}

/**
 * @param {BoardParts} board
 * @param {string} text
 */
export function showError(board, text) {
  setText(board.header.error, text);
  show(board.header.error, Boolean(text));
}

/** @param {BoardParts} board */
export function clearFeedback(board) {
  showError(board, "");
  setText(board.header.label.lastChild, LABEL_TEXT);
}
