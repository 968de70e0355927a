// A guided search on the board: Best-of-N of an independent run beside its pick, the tokens of both, and a row for each
// step with every try. Loaded with the first such run.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, isRefusal } from "../../assets/rest.js";
import { showAnswer, showLine } from "../../assets/rich_text.js";
import { scoreBall, scoreText, setScoreBall, spokenScore } from "../../assets/scores.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { pictureNames } from "./picture_names.js";
import { isLive, matchText, pick, startedText } from "./run_facts.js";
import {
  budgetText,
  costText,
  givenUp,
  keptText,
  keptTries,
  shownTry,
  triesText,
  tryNote,
  wayOf,
} from "./search_facts.js";
import { sampleBeside } from "./search_sampling.js";

/** @import { Aggregation, Beside, IndependentRun, RunView, SearchRound, SearchTry } from "../../assets/api.d.ts" */
/** @import { BoardParts, BoardState } from "./mount.js" */

const AGAIN_MS = 5000; // after the run beside could not be asked for
const MOST_BALLS = 32; // in a row; the others are counted
const SHOWN = 4; // tries that were given up, of an open row; the others are folded
const NO_STEP = "No step more";
const NONE_BESIDE =
  "Your list has no run of independent solutions of this question by these models to compare it with.";

/**
 * Adds the parts to the board and returns what draws them.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later draws the board anew
 */
export async function guidedSearch(board, state, later) {
  await loadStyleSheet(new URL("./search.css", import.meta.url));
  const beside = buildBeside();
  const sampling = sampleBeside(later);
  const tokens = buildTokens();
  tokens.node.append(sampling.node);
  const steps = buildSteps();
  board.verdict.node.append(beside.node, tokens.node);
  board.tools.node.before(steps.node);
  let known = ""; // the run for which the one beside was asked for
  /** @type {IndependentRun | null} */
  let other = null;
  let isAsked = false;
  let isOwn = false; // only runs by whoever started the search are compared with it

  const load = async (/** @type {string} */ run) => {
    known = run;
    other = null;
    isAsked = false;
    try {
      /** @type {Beside} */
      const found = await call(`api/runs/${encodeURIComponent(run)}/beside`);
      if (known !== run) return;
      other = found.independent;
      isOwn = found.is_own;
      isAsked = true;
      later();
    } catch (error) {
      if (!isRefusal(error)) setTimeout(() => known === run && load(run), AGAIN_MS);
    }
  };

  /** @param {Aggregation} aggregation */
  return (aggregation) => {
    const view = state.view?.search ? state.view : null;
    if (view && !isLive(view) && known !== view.run) load(view.run);
    const isKnown = view !== null && known === view.run && isAsked;
    show(beside.node, isKnown && other !== null);
    show(tokens.node, view !== null);
    show(steps.node, (view?.search?.rounds.length ?? 0) > 0);
    sampling.draw(view, isKnown && !other && isOwn, load);
    if (!view) return;
    if (isKnown && other) beside.draw(other, view);
    tokens.draw(view, isKnown ? other : null, isKnown && !other);
    steps.draw(view, aggregation);
  };
}

/** The pick of an independent run. */
function buildBeside() {
  const title = el("span");
  const answer = el("p", { class: "vp-answer" });
  const ball = scoreBall(null);
  const number = el("b", { class: "vp-num" });
  const what = el("span");
  const verdict = el("p", { class: "vp-cell-small" });
  const link = el("a", { text: "the run" });
  const node = el(
    "div",
    { class: "vp-cell vp-guided-beside", hidden: true },
    el("h3", { class: "vp-label" }, icon("star", 14), title),
    answer,
    el("p", { class: "vp-cell-line" }, ball, number, what),
    verdict,
    el("p", { class: "vp-cell-small" }, link),
  );
  /**
   * @param {IndependentRun} other
   * @param {RunView} view of the search
   */
  const draw = (other, view) => {
    setText(title, `Best of ${other.n}, independent`);
    showAnswer(answer, other.answer ?? "No answer", pictureNames(view));
    setAttr(answer, "data-missing", other.answer === null);
    setAttr(answer, "data-length", (other.answer ?? "").length > 10 ? "middle" : "short");
    setScoreBall(ball, other.score);
    setText(number, scoreText(other.score));
    setText(what, view.search?.how ?? "");
    setText(verdict, matchText(other.matches));
    show(verdict, verdict.textContent !== "");
    setAttr(link, "href", address(`./?run=${encodeURIComponent(other.run)}`));
    setText(link, `The run of ${startedText(other.created_at)}`);
  };
  return { node, draw };
}

/** What the search took, beside the independent run. */
function buildTokens() {
  const rows = [buildBar(), buildBar()];
  const cost = el("p", { class: "vp-cell-small" });
  const note = el("p", { class: "vp-cell-small" });
  const list = el("dl", { class: "vp-guided-bars" }, ...rows.flatMap(({ nodes }) => nodes));
  const heading = el("h3", { class: "vp-label", text: "Tokens written" });
  const node = el("div", { class: "vp-cell vp-guided-tokens", hidden: true }, heading, list, note, cost);
  /**
   * @param {RunView} view
   * @param {IndependentRun | null} other
   * @param {boolean} isNone whether it is known that there is none
   */
  const draw = (view, other, isNone) => {
    const most = Math.max(1, view.tokens, other?.tokens ?? 0);
    rows[0].draw("Guided search", view.tokens, most);
    rows[1].draw(`Best of ${other?.n ?? ""}`, other?.tokens ?? null, most);
    for (const each of rows[1].nodes) show(each, other !== null);
    setText(note, other ? budgetText(view, other) : isNone ? NONE_BESIDE : "");
    show(note, note.textContent !== "");
    setText(cost, isLive(view) ? "" : costText(view));
    show(cost, cost.textContent !== "");
  };
  return { node, draw };
}

function buildBar() {
  const name = el("dt");
  const fill = el("span");
  const bar = el("span", { class: "vp-guided-bar", "aria-hidden": "true" }, fill);
  const number = el("b", { class: "vp-num" });
  const value = el("dd", {}, bar, number);
  /**
   * @param {string} text
   * @param {number | null} tokens null: not known
   * @param {number} most
   */
  const draw = (text, tokens, most) => {
    setText(name, text);
    show(bar, tokens !== null);
    fill.style.width = `${Math.round((100 * (tokens ?? 0)) / most)}%`;
    setText(number, tokens === null ? "not known" : tokens.toLocaleString("en"));
  };
  return { nodes: [name, value], draw };
}

/** A row for each step of the search. */
function buildSteps() {
  const list = el("ol", { class: "vp-guided-rows" });
  const caption = el("p", { class: "vp-guided-caption" });
  const node = el(
    "section",
    { class: "vp-card vp-guided", "aria-labelledby": "vp-guided-title", hidden: true },
    el("h2", { id: "vp-guided-title", text: "Steps of the search" }),
    list,
    caption,
  );
  let drawnRun = "";
  /** @type {ReturnType<typeof buildRow>[]} */
  const rows = [];
  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   */
  const draw = (view, aggregation) => {
    if (!view.search) return;
    if (drawnRun !== view.run) rows.length = 0; // rows of another run may be open
    drawnRun = view.run;
    const { rounds, how } = view.search;
    const way = wayOf(rounds, isLive(view) ? undefined : pick(view, aggregation)?.draw);
    while (rows.length < rounds.length) rows.push(buildRow());
    rows.length = rounds.length;
    for (const [at, round] of rounds.entries()) rows[at].draw(round, way[at], view);
    setChildren(
      list,
      rows.map((row) => row.node),
    );
    const words = isLive(view) ? "the best try" : "the try that led to the pick, or else the best,";
    setText(
      caption,
      `Each row is a step: ${words} in words, and every try that differs as a ball, by the ${how} score of the ` +
        "solution so far. The framed ones were kept. Open a row to read them all.",
    );
  };
  return { node, draw };
}

function buildRow() {
  const number = el("span", { class: "vp-num vp-guided-number" });
  const text = el("span", { class: "vp-guided-text", dir: "auto" });
  const balls = el("span", { class: "vp-guided-balls", "aria-hidden": "true" });
  const kept = el("b");
  const cost = el("span");
  const count = el("span", { class: "vp-guided-count" }, kept, " ", cost);
  const tries = el("div", { class: "vp-guided-tries" });
  const row = el("details", {}, el("summary", {}, icon("right", 12), number, text, balls, count), tries);
  const node = el("li", {}, row);
  let drawn = "";
  /**
   * @param {SearchRound} round
   * @param {number | null} picked the place of the try that the pick goes by
   * @param {RunView} view
   */
  const draw = (round, picked, view) => {
    const key = `${round.tokens} ${round.tries.length} ${picked}`;
    if (key === drawn) return; // a round never changes; which of its tries led to the pick may
    drawn = key;
    setText(number, String(round.step + 1));
    showLine(text, shownTry(round, picked)?.text || NO_STEP, pictureNames(view));
    balls.replaceChildren(...ballsOf(round));
    setText(kept, keptText(round));
    setText(cost, triesText(round));
    tries.replaceChildren(...triesOf(round, picked, view));
  };
  return { node, draw };
}

/** @param {SearchRound} round */
function ballsOf(round) {
  const kept = keptTries(round);
  const room = Math.max(0, MOST_BALLS - kept.length);
  const rest = givenUp(round);
  const ball = (/** @type {SearchTry} */ each) => scoreBall(each.score, 13);
  const nodes = [el("span", { class: "vp-guided-kept" }, ...kept.map(ball))];
  if (rest.length) nodes.push(el("span", { class: "vp-guided-rest" }, ...rest.slice(0, room).map(ball)));
  if (rest.length > room) nodes.push(el("span", { text: `+${rest.length - room}` }));
  return nodes;
}

/**
 * @param {SearchRound} round
 * @param {number | null} picked
 * @param {RunView} view
 */
function triesOf(round, picked, view) {
  const item = (/** @type {SearchTry} */ each) => tryNode(each, round.tries.indexOf(each) === picked, view);
  const rest = givenUp(round);
  const nodes = [el("ul", { "aria-label": "Kept" }, ...keptTries(round).map(item))];
  const [first, folded] = [rest.slice(0, SHOWN), rest.slice(SHOWN)];
  if (first.length) nodes.push(el("ul", { class: "vp-guided-given-up", "aria-label": "Given up" }, ...first.map(item)));
  if (!folded.length) return nodes;
  const more = el("summary", { text: `${folded.length} more` });
  return [...nodes, el("details", {}, more, el("ul", { "aria-label": "Given up too" }, ...folded.map(item)))];
}

/**
 * @param {SearchTry} tried
 * @param {boolean} isPicked
 * @param {RunView} view
 */
function tryNode(tried, isPicked, view) {
  const text = el("span", { class: "vp-guided-text", dir: "auto" });
  showLine(text, tried.text || NO_STEP, pictureNames(view));
  const number = el("b", { class: "vp-num", "aria-hidden": "true", text: scoreText(tried.score) });
  const spoken = el("span", { class: "vp-hidden", text: `So far ${spokenScore(tried.score)}. ` });
  const step = el("span", { class: "vp-num", text: `step ${scoreText(tried.step_score)}` });
  const note = el("span", { class: "vp-guided-note" }, isPicked ? icon("star", 12) : null, tryNote(tried, isPicked));
  return el("li", {}, scoreBall(tried.score), spoken, number, text, step, note);
}
