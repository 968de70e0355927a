// Where the solutions of a run part: their steps as a tree, what is folded in it, and the sentence above it. Pure: no
// DOM.

import { isScore, scoreBand, scoreText } from "../../assets/scores.js";
import { enumerate, pick } from "./run_facts.js";

/** @import { Aggregation, CardStep, RunView, SolutionCard } from "../../assets/api.d.ts" */

/**
 * @typedef {object} TreeNode a step that solutions share, steps that are folded into one, or what they end with
 * @property {number} column from 0
 * @property {CardStep[]} steps of its first solution; of a leaf the last one
 * @property {number} first index of the first of them
 * @property {number[]} draws of the solutions that go this way, ascending
 * @property {number | null} score of the last of its steps, the mean over its solutions; null where none has one
 * @property {boolean} isPick whether Best-of-N's pick goes this way
 * @property {SolutionCard | null} leaf the first of the solutions that end here; null: they go on
 * @property {TreeNode | null} parent
 * @property {TreeNode[]} children
 * @typedef {object} SolutionTree
 * @property {TreeNode[]} roots
 * @property {TreeNode[]} nodes each before those that follow it
 * @property {{ first: number, last: number }[]} columns the steps of each; leaves stand behind them
 * @property {number} total solutions
 * @property {number} folded leaves that are left out
 * @property {number} foldedSolutions that end in them
 * @property {string} sentence
 */

const LONG_BEGINNING = 16; // characters: a shorter one stays
const KEPT_WORDS = 2; // of the beginning, before the first word that is different
export const MOST_LEAVES = 12; // the smallest of more are folded

/**
 * What steps that say the same have in common: white space and the form of numbers do not count.
 * @param {string} text
 */
export function stepKey(text) {
  return text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/(\d),(?=\d{3}(?!\d))/g, "$1")
    .replace(/(\d)\.(\d+)/g, (_, whole, part) => {
      const kept = part.replace(/0+$/, "");
      return kept ? `${whole}.${kept}` : whole;
    });
}

/**
 * Returns the tree of a run's solutions; null where there are not two to compare.
 * @param {RunView} view
 * @param {Aggregation} aggregation
 * @param {string | null} group of answers that is shown alone
 * @param {boolean} [isWhole] nothing is folded
 * @returns {SolutionTree | null}
 */
export function solutionTree(view, aggregation, group, isWhole = false) {
  const cards = view.cards.filter(
    (card) =>
      card.solution && card.state !== "stopped" && card.steps.length > 0 && (group === null || card.group === group),
  );
  if (cards.length < 2) return null;
  const best = pick(view, aggregation)?.draw ?? null;
  const all = grown(cards, best);
  const leaves = all.filter(({ leaf }) => leaf).sort(byWeight);
  const kept = new Set(isWhole || leaves.length <= MOST_LEAVES ? leaves : leaves.slice(0, MOST_LEAVES));
  const left = leaves.filter((each) => !kept.has(each));
  const gone = new Set(left.flatMap(({ draws }) => draws));
  const shown = left.length
    ? grown(
        cards.filter(({ draw }) => !gone.has(draw)),
        best,
      )
    : all;
  const { nodes, columns } = withColumnsFolded(shown);
  const roots = nodes.filter(({ parent }) => parent === null);
  return {
    roots,
    nodes: roots.flatMap(withAllBelow),
    columns,
    total: cards.length,
    folded: left.length,
    foldedSolutions: gone.size,
    sentence: partingSentence(all, cards.length),
  };
}

/**
 * The pick's way first, then the one that more solutions go.
 * @param {TreeNode} one
 * @param {TreeNode} other
 */
function byWeight(one, other) {
  return (
    Number(other.isPick) - Number(one.isPick) || other.draws.length - one.draws.length || one.draws[0] - other.draws[0]
  );
}

/**
 * @param {TreeNode} node
 * @returns {TreeNode[]}
 */
function withAllBelow(node) {
  return [node, ...node.children.flatMap(withAllBelow)];
}

/**
 * Returns the nodes of the solutions' steps, one column a step, each before those that follow it.
 * @param {SolutionCard[]} cards
 * @param {number | null} best the draw that is picked
 */
function grown(cards, best) {
  /** @type {Map<TreeNode | null, Map<string, TreeNode>>} */
  const known = new Map();
  /** @type {TreeNode[]} */
  const nodes = [];
  for (const card of cards) {
    /** @type {TreeNode | null} */
    let parent = null;
    for (const [index, step] of card.steps.entries()) {
      const isLast = index === card.steps.length - 1;
      const key = isLast ? `ends ${card.group} ${card.truncated} ${stepKey(step.text)}` : stepKey(step.text);
      /** @type {Map<string, TreeNode>} */
      const siblings = known.get(parent) ?? new Map();
      known.set(parent, siblings);
      /** @type {TreeNode} */
      const node = siblings.get(key) ?? newNode(index, step, isLast ? card : null, parent);
      if (!node.draws.length) {
        siblings.set(key, node);
        nodes.push(node);
        parent?.children.push(node);
      }
      const before = node.draws.length;
      if (isScore(step.score)) node.score = ((node.score ?? step.score) * before + step.score) / (before + 1);
      node.draws.push(card.draw);
      if (card.draw === best) node.isPick = true;
      parent = node;
    }
  }
  for (const node of nodes) node.children.sort(byWeight);
  return nodes
    .filter(({ parent }) => parent === null)
    .sort(byWeight)
    .flatMap(withAllBelow);
}

/**
 * @param {number} index
 * @param {CardStep} step
 * @param {SolutionCard | null} leaf
 * @param {TreeNode | null} parent
 * @returns {TreeNode}
 */
function newNode(index, step, leaf, parent) {
  return {
    column: index,
    steps: [step],
    first: index,
    draws: [],
    score: null,
    isPick: false,
    leaf,
    parent,
    children: [],
  };
}

/**
 * Folds steps at which no solution parts from another into one column; leaves stand behind the last one.
 * @param {TreeNode[]} nodes
 */
function withColumnsFolded(nodes) {
  const inner = nodes.filter(({ leaf }) => !leaf);
  const depth = Math.max(0, ...inner.map(({ column }) => column + 1));
  /** @type {{ first: number, last: number }[]} */
  const columns = [];
  for (let step = 0; step < depth; step += 1) {
    const here = inner.filter(({ first }) => first === step);
    const folds = step > 0 && here.every(({ parent }) => parent?.children.length === 1) && endsNone(nodes, step);
    if (folds) columns[columns.length - 1].last = step;
    else columns.push({ first: step, last: step });
  }
  const columnOf = (/** @type {number} */ step) =>
    columns.findIndex(({ first, last }) => first <= step && step <= last);
  /** @type {Map<TreeNode | null, TreeNode | null>} */
  const folded = new Map([[null, null]]); // by what they were
  /** @type {TreeNode[]} */
  const found = [];
  for (const node of nodes) {
    const parent = folded.get(node.parent) ?? null;
    const column = node.leaf ? columns.length : columnOf(node.first);
    if (parent && !node.leaf && parent.column === column) {
      parent.steps.push(...node.steps);
      parent.score = node.score;
      folded.set(node, parent);
      continue;
    }
    const copy = { ...node, steps: [...node.steps], column, parent, children: /** @type {TreeNode[]} */ ([]) };
    parent?.children.push(copy);
    folded.set(node, copy);
    found.push(copy);
  }
  return { nodes: found, columns };
}

/**
 * Whether no solution ends with a step, which would end within a folded column.
 * @param {TreeNode[]} nodes
 * @param {number} step
 */
function endsNone(nodes, step) {
  return nodes.every(({ leaf, first }) => !leaf || first !== step);
}

/**
 * "All 8 write steps 1–2 alike. They part at step 3; of the 6 that write …, 5 fall to 0.08 at step 4."
 * @param {TreeNode[]} nodes unfolded
 * @param {number} total
 */
function partingSentence(nodes, total) {
  const leaves = nodes.filter(({ leaf }) => leaf);
  if (leaves.length === 1) return `${total === 2 ? "Both" : `All ${total}`} write the same steps.`;
  let alike = 0;
  while (nodes.some(({ first, draws, leaf }) => first === alike && draws.length === total && !leaf)) alike += 1;
  const steps = alike === 1 ? "step 1" : `steps 1–${alike}`;
  const ways = nodes.filter(({ first }) => first === alike).length;
  const isFree = alike === 0 && ways > total / 2;
  const begin = alike
    ? `${total === 2 ? "Both" : `All ${total}`} write ${steps} alike. They part at step ${alike + 1}`
    : "They part at the first step";
  if (isFree) return `${begin}: ${ways} of ${total} begin in words of their own. Their answers tell more.`;
  return `${begin}, into ${ways} ways${fallText(nodes)}.`;
}

/**
 * Where the scores fall for most solutions: "; of the 6 that write “…”, 5 fall to 0.08 at step 4". "" where they do
 * not.
 * @param {TreeNode[]} nodes
 */
function fallText(nodes) {
  const falls = nodes.flatMap((node) => {
    const before = node.parent?.score ?? null;
    const isFall = isScore(before) && isScore(node.score) && before > 0.5 && (scoreBand(node.score) ?? 5) <= 2;
    return isFall ? [{ node, loss: node.draws.length * (before - (node.score ?? 0)) }] : [];
  });
  if (!falls.length) return "";
  const { node } = falls.reduce((most, each) => (each.loss > most.loss ? each : most));
  const parent = /** @type {TreeNode} */ (node.parent);
  const count = node.draws.length;
  const of = parent.draws.length;
  const text = `“${plain(parent.steps.at(-1)?.text ?? "")}”`;
  const fall = `${count === 1 ? "falls" : "fall"} to ${scoreText(node.score)} at step ${node.first + 1}`;
  if (of > count) return `; of the ${of} that write ${text}, ${count} ${fall}`;
  return count === 1 ? `; the one that writes ${text} ${fall}` : `; the ${count} that write ${text} ${fall}`;
}

/** @type {Record<string, string>} LaTeX in a sentence: signs that most steps have */
const SIGNS = { times: "×", cdot: "·", div: "÷", le: "≤", ge: "≥", ne: "≠", approx: "≈", pm: "±" };

/**
 * A step in a sentence: without the marks of formulas, and short.
 * @param {string} text
 */
export function plain(text, length = 48) {
  const line = text
    .trim()
    .replace(/\s+/g, " ")
    .replaceAll("$", "")
    .replace(/\\(times|cdot|div|le|ge|ne|approx|pm)\b ?/g, (_, name) => SIGNS[name])
    .replace(/[.;:]$/, "");
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/**
 * The steps of a node in one text.
 * @param {Pick<TreeNode, "steps">} node
 */
export function nodeText({ steps }) {
  return steps.map(({ text }) => text).join(" ");
}

/**
 * A text without the long beginning that all others share, so that a narrow box shows what is different: "… is 14."
 * A formula stays whole.
 * @param {string} text
 * @param {string[]} others that part from it
 */
export function fromWhereTheyPart(text, others) {
  if (others.length === 0) return text;
  const shared = Math.min(...others.map((other) => sharedLength(text, other)));
  const words = [...text.slice(0, shared).matchAll(/\s+/g)].map(({ index, 0: space }) => index + space.length);
  const outside = words.filter((at) => !isInFormula(text.slice(0, at)));
  const from = outside.at(-1 - KEPT_WORDS) ?? 0;
  return from < LONG_BEGINNING ? text : `… ${text.slice(from)}`;
}

/** @param {string} text @param {string} other */
function sharedLength(text, other) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at += 1;
  return at;
}

/** Whether a formula that begins in a text has not ended. @param {string} text */
function isInFormula(text) {
  const count = (/** @type {string} */ mark) => text.split(mark).length - 1;
  return count("$") % 2 === 1 || count("\\(") > count("\\)") || count("\\[") > count("\\]");
}

/**
 * "33 of 64 write this": how many go this way.
 * @param {TreeNode} node
 * @param {number} total
 */
export function shareText({ draws }, total) {
  return draws.length === total ? `all ${total}` : `${draws.length} of ${total}`;
}

/**
 * The heads of the columns: "Steps 1–2", "Step 3", and what stands behind them.
 * @param {SolutionTree} tree
 */
export function columnTitles({ columns }) {
  const titles = columns.map(({ first, last }) =>
    first === last ? `Step ${first + 1}` : `Steps ${first + 1}–${last + 1}`,
  );
  return [...titles, "Final answer"];
}

/**
 * What screen readers say of a node.
 * @param {TreeNode} node
 * @param {number} total
 */
export function spokenNode(node, total) {
  const last = node.first + node.steps.length;
  const texts = enumerate(node.steps.map(({ text }) => plain(text, 80)));
  const steps = node.steps.length > 1 ? `Steps ${node.first + 1} to ${last}` : `Step ${last}`;
  const end = node.leaf?.answer ?? (node.leaf?.truncated ? "a cut-off step" : "no answer");
  const what = node.leaf ? `Ends with ${end}` : `${steps}: ${texts}`;
  const score = isScore(node.score) ? `, score ${scoreText(node.score)}` : "";
  return `${what}, ${shareText(node, total)}${score}${node.isPick ? ", the way of the pick" : ""}`;
}

/**
 * The node that an arrow key leads to; null for another key, and at an end.
 * @param {TreeNode} from
 * @param {string} key
 * @param {SolutionTree} tree
 */
export function moved(from, key, { nodes }) {
  if (key === "ArrowRight") return from.children[0] ?? null;
  if (key === "ArrowLeft") return from.parent;
  if (key === "Home") return nodes[0] ?? null;
  if (key === "End") return nodes.at(-1) ?? null;
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (!by) return null;
  const column = nodes.filter((each) => each.column === from.column);
  return column[column.indexOf(from) + by] ?? null;
}
