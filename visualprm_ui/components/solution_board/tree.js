// Where the solutions of a run part, drawn: a node for each different step, ribbons as wide as how many go that way,
// and what can be made from the chosen step on. On a phone the same nodes are an indented list.

import { el, setAttr, setChildren, setText, show, svg } from "../../assets/dom.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { columnTitles, moved, solutionTree } from "./tree_facts.js";
import { treeLayout } from "./tree_layout.js";
import { detailNodes, hatch, itemOf, placeOf, ribbonNodes } from "./tree_nodes.js";

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */
/** @import { StepMaker } from "./tree_nodes.js" */
/** @import { SolutionTree, TreeNode } from "./tree_facts.js" */

/**
 * @typedef {object} TreeActions
 * @property {(draw: number | null) => void} mark lights up a solution elsewhere
 * @property {() => StepMaker | null} maker null while it is not loaded
 */

const NONE = "There are no two finished solutions to compare yet.";

/**
 * Builds the tree; `draw` updates it.
 * @param {TreeActions} actions
 */
export async function buildTree(actions) {
  await loadStyleSheet(new URL("./tree.css", import.meta.url));
  const sentence = el("p", { class: "vp-tree-sentence" });
  const heads = el("div", { class: "vp-tree-heads", "aria-hidden": "true" });
  const ribbons = svg("svg", { class: "vp-tree-ribbons", "aria-hidden": "true" });
  const items = el("div", { class: "vp-tree-items", role: "tree", "aria-label": "Where the solutions part" });
  const canvas = el("div", { class: "vp-tree-canvas" }, heads, el("div", { class: "vp-tree-field" }, ribbons, items));
  const scroll = el("div", { class: "vp-tree-scroll" }, canvas);
  const more = el("button", { type: "button", class: "vp-btn vp-btn-quiet vp-tree-more", hidden: true });
  const detail = el("div", { class: "vp-card vp-tree-detail", hidden: true });
  const card = el("div", { class: "vp-card vp-tree" }, scroll, more);
  const node = el("section", { class: "vp-tree-view", "aria-label": "Where they part", hidden: true });
  node.append(sentence, card, detail);
  /** @type {SolutionTree | null} */
  let tree = null;
  /** @type {{ view: RunView, aggregation: Aggregation, filter: string | null } | null} */
  let last = null;
  let isWhole = false;
  let chosen = ""; // the way to the chosen node
  let drawnAs = "";
  /** @type {Map<Element, TreeNode>} */
  const nodeOf = new Map();

  /**
   * @param {RunView} view
   * @param {Aggregation} aggregation
   * @param {string | null} filter the group of answers that is shown alone
   */
  const draw = (view, aggregation, filter) => {
    if (last && last.view.run !== view.run) isWhole = false;
    last = { view, aggregation, filter };
    const width = scroll.clientWidth || 900;
    const key = JSON.stringify([view.run, aggregation, filter, isWhole, width, view.cards.length]);
    if (key !== drawnAs) {
      drawnAs = key;
      tree = solutionTree(view, aggregation, filter, isWhole);
      drawTree(view, width);
    }
    drawDetail();
  };
  /**
   * @param {RunView} view
   * @param {number} width
   */
  const drawTree = (view, width) => {
    const isNone = tree === null;
    const [alike, rest = ""] = tree?.sentence.split(/(?<=alike\.)/) ?? [NONE];
    sentence.replaceChildren(rest ? el("b", { text: alike }) : alike, rest);
    show(card, !isNone);
    if (!tree) return;
    const focused = document.activeElement && nodeOf.has(document.activeElement);
    nodeOf.clear();
    const layout = treeLayout(tree, width - 32);
    canvas.style.setProperty("--width", `${layout.width}px`);
    canvas.style.setProperty("--height", `${layout.height}px`);
    setAttr(ribbons, "viewBox", `0 0 ${layout.width} ${layout.height}`);
    const titles = columnTitles(tree).map((text, at) => {
      const head = el("span", { class: "vp-label", text });
      head.style.left = `${at * layout.column}px`;
      return head;
    });
    heads.replaceChildren(...titles);
    ribbons.replaceChildren(hatch(), ...layout.ribbons.flatMap(ribbonNodes));
    const all = tree;
    const drawn = all.nodes.map((each) => {
      const item = itemOf(each, all, view);
      const place = layout.places.get(each);
      if (place) {
        item.style.setProperty("--x", `${place.x}px`);
        item.style.setProperty("--y", `${place.y - place.height / 2}px`);
        item.style.setProperty("--w", `${place.width}px`);
        item.style.setProperty("--h", `${place.height}px`);
      }
      nodeOf.set(item, each);
      return item;
    });
    setChildren(items, drawn);
    show(more, all.folded > 0 || isWhole);
    const folded = `${all.folded} more ${all.folded === 1 ? "way" : "ways"}, of ${all.foldedSolutions} solutions`;
    setText(more, isWhole ? "Fold the smallest again" : folded);
    const first = drawn.find((item) => wayOf(nodeOf.get(item) ?? null) === chosen) ?? drawn[0];
    if (first) choose(first, Boolean(focused));
  };
  /**
   * @param {HTMLElement} item
   * @param {boolean} focus
   */
  const choose = (item, focus) => {
    const found = nodeOf.get(item);
    if (!found) return;
    chosen = wayOf(found);
    for (const each of nodeOf.keys()) {
      setAttr(each, "tabindex", each === item ? "0" : "-1");
      setAttr(each, "aria-selected", String(each === item));
    }
    if (focus) item.focus();
    drawDetail();
  };
  const chosenNode = () => [...nodeOf.values()].find((each) => wayOf(each) === chosen) ?? null;
  const drawDetail = () => {
    const found = chosenNode();
    show(detail, found !== null && last !== null && tree !== null);
    if (!found || !last || !tree) return;
    const parts = detailNodes(found, tree.total, last.view, actions.maker());
    const key = parts.map((each) => each.textContent).join("\n") + chosen;
    if (detail.dataset.key === key) return;
    detail.dataset.key = key;
    detail.replaceChildren(...parts);
  };
  more.addEventListener("click", () => {
    isWhole = !isWhole;
    if (last) draw(last.view, last.aggregation, last.filter);
  });
  items.addEventListener("keydown", (event) => {
    const here = nodeOf.get(/** @type {Element} */ (event.target));
    const to = here && tree ? moved(here, event.key, tree) : null;
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    for (const [item, each] of nodeOf) if (each === to) choose(/** @type {HTMLElement} */ (item), true);
  });
  items.addEventListener("click", (event) => {
    const item = event.target instanceof Element ? event.target.closest("[role=treeitem]") : null;
    if (item instanceof HTMLElement) choose(item, true);
  });
  const point = (/** @type {Event} */ event) => {
    const item = event.target instanceof Element ? event.target.closest("[role=treeitem]") : null;
    actions.mark(item ? (nodeOf.get(item)?.draws[0] ?? null) : null);
  };
  items.addEventListener("pointerover", point);
  items.addEventListener("focusin", point);
  items.addEventListener("pointerleave", () => actions.mark(null));
  items.addEventListener("focusout", () => actions.mark(null));
  new ResizeObserver(() => {
    if (last && !node.hidden) draw(last.view, last.aggregation, last.filter);
  }).observe(scroll);
  /** The step that is chosen, where something can be made from it. */
  const place = () => {
    const found = chosenNode();
    return found && last ? placeOf(found, last.view) : null;
  };
  return { node, draw, place };
}

/** @typedef {Awaited<ReturnType<typeof buildTree>>} Tree */

/** @param {TreeNode | null} node */
function wayOf(node) {
  return node ? `${node.column}/${node.draws[0]}` : "";
}
