// The solutions as cards. Every update touches only what changed: streamed runs bring up to twelve updates a second.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { setMaths } from "../../assets/maths.js";
import { scoreAgrees } from "../../assets/prediction.js";
import { scoreBall, scoreBand, scoreText, setScoreBall, spokenScore } from "../../assets/scores.js";
import { answerText, isLive, pick, ranks, solutionScore } from "./run_facts.js";

const SKELETONS = 3;

/** Builds the list; `draw(view, how, draws)` updates it in that order; `onMark(draw | null)` tells which card is looked at. */
export function buildCards(onMark) {
  const node = el("ol", { class: "vp-cards", "aria-labelledby": "vp-solutions-title" });
  const drawn = new Map(); // draw -> card parts
  const drawOf = (target) => {
    const item = target.closest?.(".vp-sol");
    return item ? Number(item.dataset.draw) : null;
  };
  node.addEventListener("pointerover", (event) => onMark(drawOf(event.target)));
  node.addEventListener("pointerleave", () => onMark(null));
  node.addEventListener("focusin", (event) => onMark(drawOf(event.target)));
  node.addEventListener("focusout", () => onMark(null));

  const draw = (view, aggregation, draws) => {
    const facts = {
      best: pick(view, aggregation)?.draw,
      ranks: ranks(view, aggregation),
      live: isLive(view),
      majority: view.majority,
      aggregation,
    };
    const byDraw = new Map(view.cards.map((card) => [card.draw, card]));
    for (const key of drawn.keys()) if (!byDraw.has(key)) drawn.delete(key);
    setChildren(
      node,
      draws.map((key) => {
        if (!drawn.has(key)) drawn.set(key, buildCard(key));
        const parts = drawn.get(key);
        drawCard(parts, byDraw.get(key), facts);
        return parts.node;
      }),
    );
  };
  const clear = () => {
    drawn.clear();
    node.replaceChildren();
  };
  return { node, draw, clear };
}

function buildCard(draw) {
  const rank = el("span", { class: "vp-num vp-sol-rank" });
  const answer = el("span", { class: "vp-sol-answer" });
  const title = el(
    "h3",
    { class: "vp-sol-title", id: `vp-sol-${draw}` },
    el("span", { class: "vp-hidden", text: `Solution ${draw + 1}: ` }),
    answer,
  );
  const tags = {
    best: tag("star", "PRM pick", "vp-tag-ink"),
    majority: tag("majority", "majority"),
    matches: tag("check", "correct", "vp-tag-ok"),
    differs: tag("cross", "differs", "vp-tag-bad"),
    cut: tag("warning", "cut off"),
    stopped: tag("stop", "stopped"),
  };
  tags.cut.title = "The answer was not finished within the token limit.";
  const scoreSign = scoreBall(null);
  const scoreNumber = el("span", { class: "vp-num vp-sol-score" });
  const aggregation = el("span", { class: "vp-sol-aggregation" });
  const total = el("p", { class: "vp-sol-score-line" }, aggregation, scoreSign, scoreNumber);
  const steps = el("ol", { class: "vp-steps" });
  const article = el(
    "article",
    { class: "vp-card vp-sol-card", tabindex: "0", "aria-labelledby": `vp-sol-${draw}` },
    el(
      "header",
      { class: "vp-sol-head" },
      rank,
      title,
      el("span", { class: "vp-sol-tags" }, ...Object.values(tags)),
      total,
    ),
    steps,
  );
  return {
    node: el("li", { class: "vp-sol", "data-draw": draw }, article),
    article,
    rank,
    answer,
    tags,
    total,
    aggregation,
    scoreSign,
    scoreNumber,
    steps,
    rows: [],
    skeletons: null,
  };
}

function tag(iconName, text, more = "") {
  return el("span", { class: `vp-tag ${more}`, hidden: true }, icon(iconName, 13), el("span", { text }));
}

const WAITING = { queued: "Waiting…", writing: "Writing…", scoring: "Scoring…", stopped: "Stopped", done: "No answer" };

function drawCard(parts, card, facts) {
  const rank = facts.ranks.get(card.draw);
  const isBest = card.draw === facts.best;
  setAttr(parts.article, "data-best", isBest);
  setAttr(parts.article, "data-state", card.state);
  setAttr(parts.article, "aria-busy", facts.live && card.state !== "done" ? "true" : null);
  setText(parts.rank, rank ? `#${rank}` : "·");
  drawTitle(parts, card);
  setText(parts.tags.best.lastChild, facts.live ? "leading" : "PRM pick");
  show(parts.tags.best, isBest);
  show(parts.tags.majority, Boolean(facts.majority && card.group === facts.majority.group && !facts.majority.tied));
  show(parts.tags.matches, card.matches === true);
  show(parts.tags.differs, card.matches === false);
  show(parts.tags.cut, card.truncated === true);
  show(parts.tags.stopped, card.state === "stopped" && Boolean(card.answer));
  const score = solutionScore(card, facts.aggregation);
  show(parts.total, score !== null);
  setText(parts.aggregation, facts.aggregation);
  setScoreBall(parts.scoreSign, score);
  setText(parts.scoreNumber, scoreText(score));
  drawSteps(parts, card, facts.live);
}

function drawTitle(parts, card) {
  const waiting = !card.answer;
  setAttr(parts.answer, "data-waiting", waiting);
  setMaths(parts.answer, card.answer ? answerText(card.answer) : (WAITING[card.state] ?? ""));
  setAttr(parts.answer, "title", card.answer && card.answer.length > 24 ? card.answer : null);
}

function drawSteps(parts, card, live) {
  const open = card.open !== "" || (live && card.state === "writing");
  const count = card.steps.length + (open ? 1 : 0);
  while (parts.rows.length > count) parts.rows.pop().node.remove();
  for (let index = 0; index < count; index += 1) {
    if (!parts.rows[index]) {
      parts.rows[index] = buildStep(index);
      parts.steps.insertBefore(parts.rows[index].node, parts.skeletons);
    }
    drawStep(
      parts.rows[index],
      card.steps[index] ?? { text: card.open, score: null, merged: null, open: true },
      live && card.state === "writing",
    );
  }
  drawSkeletons(parts, live && count === 0);
}

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

function buildStep(index) {
  const text = el("span", { class: "vp-step-text" });
  const scoreSign = scoreBall(null);
  const scoreNumber = el("span", { class: "vp-num", "aria-hidden": "true" });
  const spoken = el("span", { class: "vp-hidden" });
  const merged = el("span", { class: "vp-step-merged", hidden: true });
  const check = el("span", { class: "vp-step-check", hidden: true });
  const score = el("span", { class: "vp-step-score" }, scoreSign, scoreNumber, spoken, check);
  const body = el("span", { class: "vp-step-body" }, text, merged);
  const node = el(
    "li",
    { class: "vp-step" },
    el("span", { class: "vp-num vp-step-number", "aria-hidden": "true", text: String(index + 1) }),
    body,
    score,
  );
  return { node, text, scoreSign, scoreNumber, spoken, merged, check, index, last: {} };
}

function drawStep(row, step, writing) {
  const { last } = row;
  const open = step.open === true;
  if (last.text !== step.text || last.open !== open || last.writing !== writing) {
    setMaths(row.text, step.text, { streaming: open && writing });
    setAttr(row.node, "data-open", open && writing);
  }
  const first = step.merged?.[0];
  const end = step.merged?.[1];
  if (last.check !== step.check?.label || last.score !== step.score) drawCheck(row, step);
  if (
    last.score !== step.score ||
    last.first !== first ||
    last.end !== end ||
    last.open !== open ||
    last.text === undefined
  )
    drawScore(row, step);
  row.last = { text: step.text, open, writing, score: step.score, first, end, check: step.check?.label };
}

const VERDICTS = new Map([
  [1, ["check", "right"]],
  [0, ["bar", "neutral"]],
  [-1, ["cross", "wrong"]],
]);

/** The exact checker's verdict, where the problem was drawn from a world that has one: a hit or a miss of the score beside it. */
function drawCheck({ check }, step) {
  show(check, Boolean(step.check));
  if (!step.check) return;
  const { label, reason } = step.check;
  const [scoreSign, word] = VERDICTS.get(label);
  const misses = scoreAgrees(label, step.score) === false;
  setAttr(check, "data-misses", misses);
  const text = `Exact checker: ${word}${reason ? `, ${reason}` : ""}${misses ? ". The score misses it." : ""}`;
  setAttr(check, "title", text);
  check.replaceChildren(icon(scoreSign, 13), el("span", { class: "vp-hidden", text }));
}

/** A score that covers several steps stands at the first of them; the others carry the rail and say where to look. */
function drawScore(row, { score, merged }) {
  const follows = Boolean(merged) && row.index !== merged[0];
  setAttr(row.node, "data-band", scoreBand(score) ?? "none");
  setAttr(row.node, "data-merged", merged ? (follows ? "follows" : "first") : null);
  setScoreBall(row.scoreSign, score);
  show(row.scoreSign, !follows);
  setText(row.scoreNumber, follows ? "″" : scoreText(score));
  setText(row.spoken, follows ? `scored together with step ${merged[0] + 1}` : spokenScore(score));
  show(row.merged, Boolean(merged) && !follows);
  setText(row.merged, merged && !follows ? `one score for steps ${merged[0] + 1}–${merged[1] + 1}` : "");
}
