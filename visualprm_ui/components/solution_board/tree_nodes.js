// The nodes of a tree of solutions: the steps and what they end with, the ribbons between them, and the chosen step
// with what can be made from it on.

import { el, setAttr, svg } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { showAnswer, showLine, showText } from "../../assets/rich_text.js";
import { scoreBall, scoreBand, scoreText } from "../../assets/scores.js";
import { AGAIN, COMPLETIONS, endText, meaningText } from "./branch_facts.js";
import { VERDICTS } from "./card_steps.js";
import { pictureNames } from "./picture_names.js";
import { fromWhereTheyPart, nodeText, shareText, spokenNode } from "./tree_facts.js";

/** @import { RunView } from "../../assets/api.d.ts" */
/** @import { StepAction, StepPlace } from "./step_menu.js" */
/** @import { SolutionTree, TreeNode } from "./tree_facts.js" */

/**
 * @typedef {object} StepMaker
 * @property {(action: StepAction, place: StepPlace) => void} act makes something from a step on
 * @property {(solution: string, step: number) => Node[]} results what is known of a step
 * @property {() => string | null} refusal why nothing can be made; null where it can
 */

const HATCH = "vp-tree-hatch";
/** @type {Record<StepAction, string>} */
const KEYS = { rollouts: "R", again: "A", edit: "E" };

/**
 * @param {TreeNode} node
 * @param {SolutionTree} tree
 * @param {RunView} view
 */
export function itemOf(node, { total, nodes }, view) {
  const siblings = nodes.filter(({ parent }) => parent === node.parent);
  const item = el("div", {
    class: "vp-tree-item",
    role: "treeitem",
    "aria-label": spokenNode(node, total),
    "aria-level": node.column + 1,
    "aria-posinset": siblings.indexOf(node) + 1,
    "aria-setsize": siblings.length,
    "data-band": scoreBand(node.score) ?? "none",
    "data-pick": node.isPick,
    "data-leaf": node.leaf !== null,
  });
  item.style.setProperty("--level", String(node.column));
  const score = scoreNode(node);
  if (node.leaf) {
    const answer = el("b", { class: "vp-tree-answer" });
    showAnswer(answer, node.leaf.answer ?? (node.leaf.truncated ? "cut off" : "no answer"), pictureNames(view));
    const count = el("span", { class: "vp-num vp-sol-count", text: `×${node.draws.length}` });
    item.append(
      el("p", { class: "vp-tree-row" }, answer, count, ...leafTags(node, view)),
      el("p", { class: "vp-tree-row" }, score, matchTag(node)),
    );
    return item;
  }
  const text = el("p", { class: "vp-tree-text", dir: "auto" });
  const words = nodeText(node);
  const others = siblings.filter((each) => each !== node && !each.leaf).map(nodeText);
  showLine(text, fromWhereTheyPart(words, others), pictureNames(view));
  setAttr(text, "title", words);
  item.append(
    text,
    el("p", { class: "vp-tree-row" }, el("span", { class: "vp-tree-share", text: shareText(node, total) }), score),
  );
  return item;
}

/**
 * @param {TreeNode} node
 * @param {RunView} view
 */
function leafTags(node, { majority }) {
  const isVote = majority !== null && !majority.tied && node.leaf?.group === majority.group;
  return [
    node.isPick ? el("span", { class: "vp-tag vp-tag-ink" }, icon("star", 13), "pick") : null,
    isVote ? el("span", { class: "vp-tag" }, icon("majority", 13), "vote") : null,
  ];
}

/** @param {TreeNode} node */
function matchTag({ leaf }) {
  if (!leaf || leaf.matches === null || leaf.truncated) return null;
  const [name, text, more] = leaf.matches
    ? /** @type {const} */ (["check", "correct", "vp-tag-ok"])
    : /** @type {const} */ (["cross", "differs", "vp-tag-bad"]);
  return el("span", { class: `vp-tag ${more}` }, icon(name, 13), text);
}

/** The pattern of ribbons that lead to a low score. */
export function hatch() {
  const attributes = { id: HATCH, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  return svg("defs", {}, svg("pattern", attributes, svg("rect", { width: 3.5, height: 7 })));
}

/** @param {{ to: TreeNode, path: string, line: string }} ribbon */
export function ribbonNodes({ to, path, line }) {
  const band = scoreBand(to.score) ?? "none";
  const shape = svg("path", { class: "vp-tree-ribbon", d: path, "data-band": band });
  const low = typeof band === "number" && band <= 2 ? [svg("path", { d: path, fill: `url(#${HATCH})` })] : [];
  return [shape, ...low, ...(to.isPick ? [svg("path", { class: "vp-tree-pick", d: line })] : [])];
}

/**
 * @param {TreeNode} node
 * @param {RunView} view
 * @returns {StepPlace | null}
 */
export function placeOf(node, view) {
  const card = view.cards.find(({ draw }) => draw === node.draws[0]);
  const step = node.first + node.steps.length - 1;
  return card?.solution
    ? { solution: card.solution, step, end: endText(card, step), meaning: meaningText(card.steps[step]) }
    : null;
}

/**
 * What is known of the chosen step, and what can be made from it on.
 * @param {TreeNode} node
 * @param {number} total
 * @param {RunView} view
 * @param {StepMaker | null} maker
 */
export function detailNodes(node, total, view, maker) {
  const step = node.steps[node.steps.length - 1];
  const text = el("div", { class: "vp-tree-words", dir: "auto" });
  showText(text, step.text, pictureNames(view));
  const { check } = step;
  const checked = check
    ? `; the exact checker says: ${VERDICTS[check.label]}${check.reason ? `, ${check.reason}` : ""}`
    : "";
  const head = el(
    "div",
    { class: "vp-tree-line" },
    el("b", { text: `Step ${node.first + node.steps.length}` }),
    text,
    scoreNode(node),
    el("span", { class: "vp-tree-share", text: `${shareText(node, total)} write this${checked}` }),
  );
  const place = placeOf(node, view);
  if (!place || !maker) return [head];
  const refusal = maker.refusal();
  const button = (/** @type {StepAction} */ action, /** @type {Node} */ sign, /** @type {string} */ name) => {
    const key = el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: KEYS[action] });
    const onclick = () => maker.act(action, place);
    const made = el("button", { type: "button", class: "vp-btn", onclick }, sign, name, key);
    made.disabled = refusal !== null || (action !== "edit" && place.end !== "");
    return made;
  };
  const buttons = el(
    "div",
    { class: "vp-tree-line" },
    button("rollouts", icon("target"), `Roll out ${COMPLETIONS} from here`),
    button("again", icon("again"), `Sample ${AGAIN} again from here`),
    button("edit", icon("edit"), "Edit and go on"),
    el("span", { class: "vp-tree-hint", text: refusal ?? (place.end || "Arrow keys walk the tree") }),
  );
  return [head, buttons, el("div", { class: "vp-made" }, ...maker.results(place.solution, place.step))];
}

/** @param {TreeNode} node */
function scoreNode({ score }) {
  const number = el("b", { class: "vp-num", text: scoreText(score) });
  return el("span", { class: "vp-tree-score" }, scoreBall(score), number);
}
