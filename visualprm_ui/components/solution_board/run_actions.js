// What can be done with a run: its link, labelling it; and what is said of it.

import { setAttr, setText, show } from "../../assets/dom.js";
import { address, call, errorText } from "../../assets/rest.js";
import { EXAMPLE_RUN, isLive } from "./run_facts.js";

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
 * Returns the address of a run and nothing else of this page's: a host may have put a secret into it.
 * @param {string} run
 */
export function runLink(run) {
  return new URL(`?run=${encodeURIComponent(run)}`, location.href).href;
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
 * Returns what offers a second reward model's scores of a run that has ended; its code comes with the first such run.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later
 */
export function secondOffer(board, state, later) {
  /** @type {Promise<(aggregation: Aggregation) => void> | null} */
  let offer = null;
  return async () => {
    if (!state.view || (offer === null && isLive(state.view)) || state.view.run === EXAMPLE_RUN) return;
    offer ??= import("./second_model.js").then((module) => module.secondModel(board, state, later));
    const before = JSON.stringify([state.second?.reward_model, state.apart]);
    (await offer)(state.aggregation);
    if (JSON.stringify([state.second?.reward_model, state.apart]) !== before) later();
  };
}

/**
 * Returns what draws the parts of a guided search; its code comes with the first such run.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later
 */
export function searchOffer(board, state, later) {
  /** @type {Promise<(aggregation: Aggregation) => void> | null} */
  let offer = null;
  return async () => {
    if (offer === null && !state.view?.search) return;
    offer ??= import("./search.js").then((module) => module.guidedSearch(board, state, later));
    (await offer)(state.aggregation);
  };
}

/**
 * Returns what offers to go on from the steps of a run that has ended; its code comes with the first such run.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later
 */
export function branchOffer(board, state, later) {
  /** @type {Promise<(aggregation: Aggregation) => void> | null} */
  let offer = null;
  return async () => {
    if (!state.view || (offer === null && isLive(state.view)) || state.view.run === EXAMPLE_RUN) return;
    offer ??= import("./branches.js").then((module) => module.stepBranches(board, state, later));
    (await offer)(state.aggregation);
  };
}

/**
 * Returns what shows where the solutions of a run part, once that is asked for; its code comes then.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later
 */
export function treeOffer(board, state, later) {
  let isAsked = false;
  const build = async () => {
    const { buildTree } = await import("./tree.js");
    state.tree = await buildTree({ mark: board.verdict.mark, maker: () => state.maker });
    board.cards.node.before(state.tree.node);
    later();
  };
  return () => {
    if (state.asTree && !isAsked) build();
    isAsked ||= state.asTree;
    const { tree, view } = state;
    if (!tree) return;
    const isShown = isTreeShown(state);
    show(tree.node, isShown);
    if (isShown && view) tree.draw(view, state.aggregation, state.filter);
  };
}

/**
 * Whether where the solutions part is shown in place of the cards.
 * @param {BoardState} state
 */
export function isTreeShown({ asTree, tree, view }) {
  return asTree && tree !== null && view !== null && !isLive(view) && view.run !== EXAMPLE_RUN;
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
