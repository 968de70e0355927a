// The verdict strip: what Best-of-N picks and why, what the majority says, how the answers spread, the scores by step.

import { bareAnswer } from "../../assets/bare_latex.js";
import { el, setAttr, setChildren, setText, show, targetOf } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { showAnswer, showLine } from "../../assets/rich_text.js";
import { scoreBall, scoreText, setScoreBall } from "../../assets/scores.js";
import { buildChartCell } from "./chart_cell.js";
import { pictureNames } from "./picture_names.js";
import {
  couldWinText,
  explainPick,
  isLive,
  majorityText,
  matchText,
  pick,
  rankName,
  runProgress,
  solutionScore,
} from "./run_facts.js";

/** @import { IconName } from "../../assets/icons.js" */

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */

/**
 * `count` is null where there is nothing to count.
 * @typedef {{ key: string, text: string, count: number | null, muted: boolean }} AnswerRow
 */

const MOST_ROWS = 4;
const NO_EXPLANATION = { reason: "", others: "" };

/** Builds the panel; `draw` updates it, `mark` emphasises one solution in the chart. */
export function buildVerdict() {
  const best = buildBest();
  const majority = buildMajority();
  const spread = buildSpread();
  const chart = buildChartCell();
  const fill = el("span");
  const bar = el(
    "div",
    { class: "vp-progress", role: "progressbar", "aria-label": "Run", "aria-valuemin": 0, "aria-valuemax": 100 },
    fill,
  );
  const node = el(
    "section",
    { class: "vp-card vp-verdict", "aria-labelledby": "vp-verdict-title" },
    el("h2", { class: "vp-hidden", id: "vp-verdict-title", text: "Verdict" }),
    bar,
    best.node,
    majority.node,
    spread.node,
    chart.node,
  );

  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   * @param {string | null} filter the group of answers that is shown alone
   */
  const draw = (view, aggregation, filter) => {
    const live = isLive(view);
    show(bar, live);
    if (live) {
      const percent = Math.round(100 * runProgress(view));
      setAttr(bar, "aria-valuenow", percent);
      fill.style.transform = `scaleX(${percent / 100})`;
    }
    best.draw(view, aggregation);
    const isSearch = Boolean(view.search);
    setAttr(node, "data-search", isSearch);
    for (const each of [majority, spread, chart]) show(each.node, !isSearch); // paths of one search are no votes
    if (isSearch) return;
    majority.draw(view, aggregation);
    spread.draw(view, aggregation, filter);
    chart.draw(view, aggregation, filter);
  };
  return { node, draw, mark: chart.mark, onMark: chart.onMark, onFilter: spread.onFilter };
}

/**
 * @param {IconName | null} iconName
 * @param {string} title
 * @param {...Node} rest
 */
function cell(iconName, title, ...rest) {
  const label = el("span", { text: title });
  const node = el(
    "div",
    { class: "vp-cell" },
    el("h3", { class: "vp-label" }, iconName === null ? null : icon(iconName, 14), label),
    ...rest,
  );
  return { node, label };
}

/**
 * Shows an answer in large type, smaller the longer it is.
 * @param {HTMLElement} node
 * @param {string | null | undefined} answer
 * @param {RunView} run
 * @param {string} [missing] shown where there is none
 */
function drawAnswer(node, answer, run, missing = "–") {
  const text = answer ?? "";
  showAnswer(node, text || missing, pictureNames(run));
  setAttr(node, "data-missing", !text);
  setAttr(node, "title", answer && answer.length > 24 ? answer : null);
  setAttr(
    node,
    "data-length",
    text.length > 28 && bareAnswer(text) === null ? "long" : text.length > 10 ? "middle" : "short",
  );
}

function buildBest() {
  const answer = el("p", { class: "vp-answer" });
  const scoreSign = scoreBall(null);
  const scoreNumber = el("b", { class: "vp-num" });
  const of = el("span");
  const score = el("p", { class: "vp-cell-line" }, scoreSign, scoreNumber, of);
  const reason = el("p", { class: "vp-cell-small" });
  const others = el("p", { class: "vp-cell-small" });
  const could = el("p", { class: "vp-cell-small" });
  const match = el("p", { class: "vp-cell-small" }); // of a search, which has no cell of the reference
  const { node, label } = cell("star", "", answer, score, match, reason, others, could);
  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   */
  const draw = (view, aggregation) => {
    const card = pick(view, aggregation);
    const scored = view.ranking?.[aggregation]?.length ?? 0;
    const ended = view.search ? "Guided search" : scored ? `Best of ${scored}` : "Best of N";
    setText(label, isLive(view) ? "Best so far" : ended);
    drawAnswer(answer, card?.answer, view, card ? "No answer" : "–");
    show(score, Boolean(card));
    if (card) {
      setScoreBall(scoreSign, solutionScore(card, aggregation));
      setText(scoreNumber, scoreText(solutionScore(card, aggregation)));
      setText(of, `${aggregation} of ${rankName(view, aggregation, card.draw)}`);
    }
    const { reason: why, others: elsewhere } = isLive(view) ? NO_EXPLANATION : explainPick(view, aggregation);
    const couldWin = isLive(view) ? "" : couldWinText(view, aggregation);
    const none = isLive(view) ? "No solution is scored yet." : couldWin ? "" : "No solution was scored.";
    setText(match, view.search && card && !isLive(view) ? matchText(card.matches) : "");
    show(match, match.textContent !== "");
    setText(reason, card ? why : none);
    setText(others, elsewhere);
    show(reason, reason.textContent !== "");
    show(others, elsewhere !== "");
    setText(could, couldWin);
    show(could, couldWin !== "");
  };
  return { node, draw };
}

function buildMajority() {
  const answer = el("p", { class: "vp-answer" });
  const line = el("p", { class: "vp-cell-line" });
  const referenceAnswer = el("span");
  const reference = el("p", { class: "vp-cell-small vp-reference" }, "Reference answer: ", referenceAnswer);
  const { node } = cell("majority", "Majority vote", answer, line, reference);
  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   */
  const draw = (view, aggregation) => {
    drawAnswer(answer, view.majority?.text, view);
    setText(line, majorityText(view, aggregation) || (view.finished ? "no answer was found" : ""));
    const given = Boolean(view.reference);
    show(reference, given);
    if (given) showAnswer(referenceAnswer, view.reference, pictureNames(view));
  };
  return { node, draw };
}

function buildSpread() {
  const list = el("ul", { class: "vp-spread" });
  const { node } = cell(null, "Answers", list);
  node.classList.add("vp-cell-spread");
  /** @type {Map<string, ReturnType<typeof buildRow>>} */
  const rows = new Map();
  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   * @param {string | null} filter
   */
  const draw = (view, aggregation, filter) => {
    const best = pick(view, aggregation);
    const wanted = answerRows(view);
    const most = Math.max(1, ...view.answers.map((answer) => answer.count));
    setChildren(
      list,
      wanted.map(({ key, text, count, muted }) => {
        const row = rows.get(key) ?? buildRow();
        rows.set(key, row);
        (muted ? showLine : showAnswer)(row.text, text, pictureNames(view));
        setAttr(row.text, "title", text);
        setAttr(row.node, "data-kind", muted ? "muted" : key === best?.group ? "best" : "other");
        show(row.bar, count !== null);
        row.fill.style.width = `${Math.round(100 * Math.min(1, (count ?? 0) / most))}%`;
        setText(row.count, count === null ? "" : String(count));
        row.button.disabled = muted;
        row.button.dataset.group = key;
        setAttr(row.button, "aria-pressed", muted ? null : String(key === filter));
        return row.node;
      }),
    );
  };
  /** @param {(group: string) => void} choose told which answer is to be shown alone, or not any more */
  const onFilter = (choose) =>
    list.addEventListener("click", (event) => {
      const group = targetOf(event)?.closest("button")?.dataset.group;
      if (group) choose(group);
    });
  return { node, draw, onFilter };
}

function buildRow() {
  const text = el("span", { class: "vp-spread-text" });
  const fill = el("span");
  const bar = el("span", { class: "vp-spread-bar", "aria-hidden": "true" }, fill);
  const count = el("span", { class: "vp-num vp-spread-count" });
  const button = el("button", { class: "vp-spread-row", type: "button" }, text, bar, count);
  return { node: el("li", {}, button), button, text, bar, fill, count };
}

/**
 * Returns the rows of the list of answers: the largest groups, what is left in one row, and solutions in which no
 * answer was found.
 * @param {Pick<RunView, "answers" | "finished">} view
 * @returns {AnswerRow[]}
 */
export function answerRows(view) {
  const none = view.finished - view.answers.reduce((sum, answer) => sum + answer.count, 0);
  const room = none > 0 ? MOST_ROWS - 1 : MOST_ROWS;
  const shown = view.answers.length > room ? view.answers.slice(0, room - 1) : view.answers;
  /** @type {AnswerRow[]} */
  const rows = shown.map(({ group, text, count }) => ({ key: group, text, count, muted: false }));
  const rest = view.answers.slice(shown.length);
  if (rest.length)
    rows.push({
      key: "rest",
      text: `${rest.length} more answers`,
      count: rest.reduce((sum, answer) => sum + answer.count, 0),
      muted: true,
    });
  if (none > 0) rows.push({ key: "none", text: "no answer", count: none, muted: true });
  if (!rows.length) rows.push({ key: "empty", text: "None yet", count: null, muted: true });
  return rows;
}
