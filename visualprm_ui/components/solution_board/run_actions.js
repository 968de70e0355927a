// What can be done with a run: its link, labelling it; and what is said of it.

import { setAttr, setText, show } from "../../assets/dom.js";
import { address, call, errorText } from "../../assets/rest.js";
import { EXAMPLE_RUN, isLive } from "./run_facts.js";
import { runLink } from "./share.js";

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */
/** @import { BoardParts, BoardState } from "./mount.js" */

/** @typedef {"json" | "md" | "png"} FileKind */

/**
 * Saves a run as a file.
 * @param {BoardParts} board
 * @param {RunView} view
 * @param {FileKind} kind
 * @param {Aggregation} aggregation
 */
export async function saveRun(board, view, kind, aggregation) {
  const { download } = board.header;
  download.open = false;
  setAttr(download, "aria-busy", "true");
  try {
    const data = await fileOf(board, view, kind, aggregation);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(data);
    link.download = `run-${view.run.slice(0, 8)}.${kind}`;
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    showError(board, `The run could not be saved in this way. ${errorText(error)}`);
  } finally {
    setAttr(download, "aria-busy", null);
  }
}

/**
 * @param {BoardParts} board
 * @param {RunView} view
 * @param {FileKind} kind
 * @param {Aggregation} aggregation
 */
async function fileOf(board, view, kind, aggregation) {
  if (kind === "png") return (await import("./run_picture.js")).runPicture(board.full);
  if (kind === "json") return new Blob([`${JSON.stringify(view, null, 1)}\n`], { type: "application/json" });
  const { runMarkdown } = await import("./run_markdown.js");
  return new Blob([runMarkdown(view, aggregation)], { type: "text/markdown" });
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
 * @param {RunView} view
 */
export async function labelThese(board, view) {
  const { label } = board.header;
  label.disabled = true;
  setAttr(label, "aria-busy", "true");
  setText(label.lastChild, "Opening…");
  try {
    /** @type {{ queue: string }} */
    const { queue } = await call(`api/runs/${encodeURIComponent(view.run)}/queue`, { method: "POST" });
    location.assign(address(`annotate?queue=${encodeURIComponent(queue)}`));
  } catch (error) {
    showError(board, `The solutions could not be queued for labelling. ${errorText(error)}`);
    setAttr(label, "aria-busy", null);
    board.header.drawLabel(view);
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
  setAttr(board.header.label, "aria-busy", null);
}
