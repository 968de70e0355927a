// Where the nodes of a tree of solutions stand, in pixels, and the ribbons between them. Pure: no DOM.

/** @import { SolutionTree, TreeNode } from "./tree_facts.js" */

/**
 * @typedef {{ x: number, y: number, width: number, height: number }} Place of a node; `y` is its middle
 * @typedef {object} Ribbon from a node to one that follows it
 * @property {TreeNode} to
 * @property {string} path its outline
 * @property {string} line its middle
 */

const NODE = 72; // height of a node: two lines of its step, and its figures
const GAP = 10; // between two leaves
const RIBBON = 56; // width of a ribbon of all solutions
const SPACE = 44; // between two columns
export const LEAST_COLUMN = 168;
const LEAF = 240;

/**
 * Returns the places of all nodes, the ribbons, and the size of the drawing.
 * @param {SolutionTree} tree
 * @param {number} available width
 */
export function treeLayout(tree, available) {
  const count = tree.columns.length;
  const room = (available - LEAF - count * SPACE) / Math.max(1, count);
  const column = Math.max(LEAST_COLUMN, Math.min(300, room));
  /** @type {Map<TreeNode, Place>} */
  const places = new Map();
  let top = 0;
  /** @param {TreeNode} node */
  const place = (node) => {
    const height = Math.max(NODE, widthOf(node, tree.total) + 8);
    for (const child of node.children) place(child);
    const below = node.children.flatMap((child) => places.get(child) ?? []);
    let y = below.length ? (below[0].y + below[below.length - 1].y) / 2 : top + height / 2;
    if (!below.length) top += height + GAP;
    if (below.length && y - height / 2 < 0) y = height / 2;
    const width = node.leaf ? LEAF : column;
    places.set(node, { x: node.column * (column + SPACE), y, width, height });
  };
  for (const root of tree.roots) place(root);
  const width = count * (column + SPACE) + LEAF;
  return { places, ribbons: ribbonsOf(tree, places), width, height: Math.max(top - GAP, NODE), column: column + SPACE };
}

/**
 * @param {TreeNode} node
 * @param {number} total
 */
function widthOf({ draws }, total) {
  return Math.max(3, (RIBBON * draws.length) / total);
}

/**
 * @param {SolutionTree} tree
 * @param {Map<TreeNode, Place>} places
 * @returns {Ribbon[]}
 */
function ribbonsOf(tree, places) {
  return tree.nodes.flatMap((node) => {
    const from = places.get(node);
    if (!from) return [];
    const all = node.children.reduce((sum, child) => sum + widthOf(child, tree.total), 0);
    let at = from.y - all / 2;
    return node.children.flatMap((to) => {
      const target = places.get(to);
      const width = widthOf(to, tree.total);
      const start = at;
      at += width;
      return target ? [{ to, ...between(from.x + from.width, start, target.x, target.y - width / 2, width) }] : [];
    });
  });
}

/**
 * The outline of a ribbon between two columns, and the line in its middle.
 * @param {number} x
 * @param {number} y its upper edge
 * @param {number} toX
 * @param {number} toY
 * @param {number} width
 */
function between(x, y, toX, toY, width) {
  const half = (x + toX) / 2;
  const curve = (/** @type {number} */ from, /** @type {number} */ to) => `C${half} ${from} ${half} ${to}`;
  const low = y + width;
  const toLow = toY + width;
  const path = `M${x} ${y}${curve(y, toY)} ${toX} ${toY}V${toLow}${curve(toLow, low)} ${x} ${low}Z`;
  const middle = y + width / 2;
  const toMiddle = toY + width / 2;
  return { path, line: `M${x} ${middle}${curve(middle, toMiddle)} ${toX} ${toMiddle}` };
}
