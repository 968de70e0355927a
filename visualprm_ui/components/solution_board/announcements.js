// What the board tells screen readers: the progress, not too often, and the end always.

import { setText } from "../../assets/dom.js";
import { scoreText } from "../../assets/scores.js";
import { isLive, pick, runSummary, solutionScore } from "./run_facts.js";

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */
/** @import { BoardParts, BoardState } from "./mount.js" */

const ANNOUNCE_MS = 4000; // progress is spoken at most this often

/**
 * Tells screen readers the progress, not too often, and the end always.
 * @param {BoardParts} board
 * @param {RunView} view
 * @param {BoardState} state
 */
export function announce(board, view, state) {
  const { aggregation } = state;
  const best = pick(view, aggregation);
  const leading = best
    ? `${best.answer ?? "no answer"}, ${aggregation} ${scoreText(solutionScore(best, aggregation))}`
    : "";
  const live = isLive(view);
  const text = live ? liveText(view, leading) : endText(view, aggregation, leading);
  const now = performance.now();
  if (text === state.announced || (live && now - state.announcedAt < ANNOUNCE_MS)) return;
  state.announced = text;
  state.announcedAt = now;
  setText(board.live, text);
}

/**
 * @param {RunView} view
 * @param {string} leading the pick so far
 */
function liveText(view, leading) {
  if (view.state === "queued") return `Waiting, ${runSummary(view)}`;
  if (view.search) return runSummary(view);
  const finished = `${view.finished} of ${view.sampling.n} solutions finished`;
  return leading ? `${finished}, leading: ${leading}` : finished;
}

/**
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {string} leading the pick
 */
function endText(view, aggregation, leading) {
  const ended = view.state === "done" ? "Finished" : view.state === "stopped" ? "Stopped" : "The run failed";
  const finished = `${ended}, ${view.finished} solutions`;
  const choice = view.search ? "The pick" : `Best of ${view.ranking?.[aggregation]?.length ?? 0}`;
  return leading ? `${finished}. ${choice}: ${leading}` : finished;
}
