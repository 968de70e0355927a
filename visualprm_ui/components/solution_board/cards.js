// The solutions as cards. Every update touches only what changed: streamed runs bring up to twelve updates a second.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { showAnswer } from "../../assets/rich_text.js";
import { scoreBall, scoreText, setScoreBall } from "../../assets/scores.js";
import { buildThought } from "../../assets/thought.js";
import { buildStep, drawStep } from "./card_steps.js";
import { pictureNames } from "./picture_names.js";
import { copies, firstWrong, isLive, pick, ranks, solutionScore } from "./run_facts.js";
import { secondScore, secondSolutionScore } from "./second_scores.js";

/** @import { TextOptions } from "../../assets/rich_text.js" */
/** @import { StepParts } from "./card_steps.js" */
/** @import { IconName } from "../../assets/icons.js" */
/** @import { ComparedRun, Disagreement } from "./second_scores.js" */

/** @import { Aggregation, RunView, SolutionCard } from "../../assets/api.d.ts" */

/**
 * @typedef {object} RunContext what a card needs to know of its run
 * @property {number | undefined} best the draw that Best-of-N picks
 * @property {Map<number, number>} ranks by draw
 * @property {Map<number, number>} copies how many solutions a card stands for, by draw
 * @property {boolean} live
 * @property {RunView["majority"]} majority
 * @property {Aggregation} aggregation
 * @property {TextOptions} names of pictures
 * @property {ComparedRun} view
 * @property {Disagreement | null} apart of two models, that is looked at
 * @typedef {ReturnType<typeof buildCard>} CardParts the nodes of a card
 */

const SKELETONS = 3; // lines of a card whose text has not begun

/**
 * Builds the box of the solutions that were cut off by the token limit: below the others, as none of them is chosen.
 * @param {(draw: number | null) => void} onMark told which card is looked at
 */
export function buildCutOff(onMark) {
  const title = el("h3", { id: "vp-cut-off-title" });
  const cards = buildCards(onMark, "vp-cut-off-title");
  const text = "They reached the limit of tokens before they ended, so they state no answer: no rank, no vote.";
  const node = el("section", { class: "vp-cut-off", hidden: true }, title, el("p", { text }), cards.node);
  /**
   * @param {ComparedRun} view
   * @param {Aggregation} aggregation
   * @param {number[]} draws
   */
  const draw = (view, aggregation, draws) => {
    show(node, draws.length > 0);
    const counts = copies(view);
    setText(title, `Cut off: ${draws.reduce((sum, each) => sum + (counts.get(each) ?? 1), 0)}`);
    cards.draw(view, aggregation, draws);
  };
  return { node, cards, draw };
}

/**
 * Builds a list; `draw` updates it, showing the solutions in the order of `draws`.
 * @param {(draw: number | null) => void} onMark told which card is looked at
 * @param {string} titleId of the heading that names the list
 */
export function buildCards(onMark, titleId) {
  const node = el("ol", { class: "vp-cards", "aria-labelledby": titleId });
  /** @type {Map<number, CardParts>} */
  const drawn = new Map(); // draw -> card parts
  /** @param {EventTarget | null} target */
  const drawOf = (target) => {
    const item = target instanceof Element ? target.closest(".vp-sol") : null;
    return item instanceof HTMLElement ? Number(item.dataset.draw) : null;
  };
  node.addEventListener("pointerover", (event) => onMark(drawOf(event.target)));
  node.addEventListener("pointerleave", () => onMark(null));
  node.addEventListener("focusin", (event) => onMark(drawOf(event.target)));
  node.addEventListener("focusout", () => onMark(null));

  /**
   * @param {ComparedRun} view
   * @param {Aggregation} aggregation
   * @param {number[]} draws
   * @param {Disagreement | null} [apart] of two models, that is looked at
   */
  const draw = (view, aggregation, draws, apart = null) => {
    const run = {
      best: pick(view, aggregation)?.draw,
      ranks: ranks(view, aggregation),
      copies: copies(view),
      live: isLive(view),
      majority: view.majority,
      aggregation,
      names: pictureNames(view),
      view,
      apart,
    };
    const byDraw = new Map(view.cards.map((card) => [card.draw, card]));
    for (const key of drawn.keys()) if (!byDraw.has(key)) drawn.delete(key);
    const nodes = draws.flatMap((key) => {
      const card = byDraw.get(key);
      if (!card) return [];
      const parts = drawn.get(key) ?? buildCard(key);
      drawn.set(key, parts);
      drawCard(parts, card, run);
      return [parts.node];
    });
    setChildren(node, nodes);
  };
  const clear = () => {
    drawn.clear();
    node.replaceChildren();
  };
  /** @param {number | null} draw the card to emphasise, as its line is pointed at */
  const mark = (draw) => {
    for (const [key, parts] of drawn) setAttr(parts.article, "data-marked", key === draw);
  };
  /** @param {number} draw the card to go to */
  const goTo = (draw) => {
    const article = drawn.get(draw)?.article;
    if (!article?.isConnected) return;
    article.scrollIntoView({ block: "center" });
    article.focus({ preventScroll: true });
  };
  return { node, draw, mark, goTo, clear };
}

/** @param {number} draw */
function buildCard(draw) {
  const rank = el("span", { class: "vp-num vp-sol-rank" });
  const answer = el("span", { class: "vp-sol-answer" });
  const title = el(
    "h3",
    { class: "vp-sol-title", id: `vp-sol-${draw}` },
    el("span", { class: "vp-hidden", text: `Solution ${draw + 1}: ` }),
    answer,
  );
  const count = el("span", { class: "vp-num vp-sol-count", hidden: true });
  const tags = {
    best: tag("star", "PRM pick", "vp-tag-ink"),
    majority: tag("majority", "majority"),
    matches: tag("check", "correct", "vp-tag-ok"),
    differs: tag("cross", "differs", "vp-tag-bad"),
    cut: tag("warning", "cut off"),
    stopped: tag("stop", "stopped"),
    origin: tag("branch", ""),
  };
  const scoreSign = scoreBall(null);
  const scoreNumber = el("span", { class: "vp-num vp-sol-score" });
  const aggregation = el("span", { class: "vp-sol-aggregation" });
  const second = el("span", { class: "vp-num vp-sol-second", hidden: true });
  const total = el("p", { class: "vp-sol-score-line" }, aggregation, scoreSign, scoreNumber, second);
  const thought = buildThought();
  const steps = el("ol", { class: "vp-steps" });
  const article = el(
    "article",
    { class: "vp-card vp-sol-card", tabindex: "0", "aria-labelledby": `vp-sol-${draw}` },
    el(
      "header",
      { class: "vp-sol-head" },
      rank,
      title,
      count,
      el("span", { class: "vp-sol-tags" }, ...Object.values(tags)),
      total,
    ),
    thought.node,
    steps,
  );
  return {
    node: el("li", { class: "vp-sol", "data-draw": draw }, article),
    article,
    rank,
    answer,
    count,
    tags,
    total,
    aggregation,
    scoreSign,
    scoreNumber,
    second,
    thought,
    steps,
    rows: /** @type {StepParts[]} */ ([]),
    skeletons: /** @type {HTMLElement | null} */ (null),
  };
}

/**
 * @param {IconName} iconName
 * @param {string} text
 * @param {string} [more] further classes
 */
function tag(iconName, text, more = "") {
  return el("span", { class: `vp-tag ${more}`, hidden: true }, icon(iconName, 13), el("span", { text }));
}

/** @type {Record<SolutionCard["state"], string>} */
const WAITING = {
  queued: "Waiting…",
  writing: "Writing…",
  scoring: "Scoring…",
  stopped: "Stopped",
  done: "No answer",
};

/**
 * @param {CardParts} parts
 * @param {SolutionCard} card
 * @param {RunContext} run
 */
function drawCard(parts, card, run) {
  const rank = run.ranks.get(card.draw);
  const isBest = card.draw === run.best;
  setAttr(parts.article, "data-best", isBest);
  setAttr(parts.article, "data-state", card.state);
  setAttr(parts.article, "aria-busy", run.live && card.state !== "done" ? "true" : null);
  setText(parts.rank, rank ? `#${rank}` : "·");
  drawTitle(parts, card, run.names);
  const copies = run.copies.get(card.draw) ?? 1;
  show(parts.count, copies > 1);
  setText(parts.count, `×${copies}`);
  setAttr(parts.count, "title", `These ${copies} solutions are word for word the same. All of them count.`);
  setAttr(parts.article, "data-copies", copies > 1);
  setText(parts.tags.best.lastChild, run.live ? "leading" : "PRM pick");
  show(parts.tags.best, isBest);
  show(parts.tags.majority, Boolean(run.majority && card.group === run.majority.group && !run.majority.tied));
  show(parts.tags.matches, card.matches === true);
  show(parts.tags.differs, card.matches === false && !card.truncated);
  show(parts.tags.cut, card.truncated === true);
  setText(parts.tags.cut.lastChild, card.tokens === null ? "cut off" : `cut off after ${plural(card.tokens, "token")}`);
  show(parts.tags.stopped, card.state === "stopped" && Boolean(card.answer));
  show(parts.tags.origin, Boolean(run.view.origin));
  setText(parts.tags.origin.lastChild, run.view.origin ?? "");
  const score = solutionScore(card, run.aggregation);
  show(parts.total, score !== null);
  setText(parts.aggregation, run.aggregation);
  setScoreBall(parts.scoreSign, score);
  setText(parts.scoreNumber, scoreText(score));
  const second = secondSolutionScore(run.view, card, run.aggregation);
  show(parts.second, second !== null);
  setText(parts.second, second === null ? "" : scoreText(second));
  parts.thought.draw(
    {
      thought: card.thought,
      isThinking: isThinking(card, run.live),
      isAll: card.solution !== null && card.steps.length === 0,
      isCutOff: card.truncated,
    },
    run.names,
  );
  drawSteps(parts, card, run);
}

/**
 * Whether a solution's thought is still being written.
 * @param {SolutionCard} card
 * @param {boolean} live
 */
function isThinking(card, live) {
  return live && card.state === "writing" && Boolean(card.thought) && card.open === "" && card.steps.length === 0;
}

/**
 * @param {CardParts} parts
 * @param {SolutionCard} card
 * @param {TextOptions} names
 */
function drawTitle(parts, card, names) {
  const waiting = !card.answer;
  setAttr(parts.answer, "data-waiting", waiting);
  showAnswer(parts.answer, card.answer || WAITING[card.state], names);
  setAttr(parts.answer, "title", card.answer && card.answer.length > 24 ? card.answer : null);
}

/**
 * @param {CardParts} parts
 * @param {SolutionCard} card
 * @param {RunContext} run
 */
function drawSteps(parts, card, { live, names, view, apart }) {
  const thinking = isThinking(card, live);
  const open = card.open !== "" || (live && card.state === "writing" && !thinking);
  const count = card.steps.length + (open ? 1 : 0);
  const wrong = firstWrong(card);
  for (const row of parts.rows.splice(count)) row.node.remove();
  for (let index = 0; index < count; index += 1) {
    if (!parts.rows[index]) {
      parts.rows[index] = buildStep(index);
      parts.steps.insertBefore(parts.rows[index].node, parts.skeletons);
    }
    const step = card.steps[index] ?? {
      text: card.open,
      score: null,
      calibrated: null,
      predicted: null,
      merged: null,
      check: null,
      open: true,
    };
    const writing = live && card.state === "writing";
    drawStep(parts.rows[index], step, {
      writing,
      isFirstWrong: index === wrong,
      names,
      second: secondScore(view, card, index),
      isApart: apart !== null && apart.draw === card.draw && apart.step === index,
    });
    view.decorate?.(parts.rows[index], card, index);
  }
  drawSkeletons(parts, live && count === 0 && !thinking && !card.solution);
}

/**
 * @param {CardParts} parts
 * @param {boolean} wanted
 */
function drawSkeletons(parts, wanted) {
  if (wanted && !parts.skeletons) {
    parts.skeletons = el(
      "li",
      { class: "vp-skeleton", "aria-hidden": "true" },
      ...Array.from({ length: SKELETONS }, () => el("span")),
    );
    parts.steps.append(parts.skeletons);
  } else if (!wanted && parts.skeletons) {
    parts.skeletons.remove();
    parts.skeletons = null;
  }
}
