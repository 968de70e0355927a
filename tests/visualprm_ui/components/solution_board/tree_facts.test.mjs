// Where solutions part: the tree of their steps, what is folded, and the sentence above it.

import assert from "node:assert/strict";
import test from "node:test";

import {
  columnTitles,
  fromWhereTheyPart,
  MOST_LEAVES,
  moved,
  plain,
  shareText,
  solutionTree,
  spokenNode,
  stepKey,
} from "../../../../visualprm_ui/components/solution_board/tree_facts.js";
import { treeLayout } from "../../../../visualprm_ui/components/solution_board/tree_layout.js";

/** A finished solution from "text score" lines; the last step states the answer. */
function card(draw, answer, lines, more = {}) {
  const steps = lines.map((line) => {
    const [, text, score] = /^(.*) ([\d.]+)$/.exec(line);
    return { text, score: Number(score), merged: null, check: null };
  });
  const group = answer === null ? null : `a${answer}`;
  return {
    draw,
    solution: `s${draw}`,
    state: "done",
    answer,
    group,
    steps,
    truncated: false,
    matches: null,
    same_as: null,
    ...more,
  };
}

const READ = ["One melon costs 11. 0.9", "One plum costs 9. 0.9"];
const REST = [...READ, "The rest is $100 - 11 = 89$. 0.98"];
const SUM = [...READ, "Together they are 20. 0.97"];
/** The run of the drawings: 3 reach 80 in two ways, 4 slip at step 4. */
function run() {
  const cards = [
    card(0, "80", [...REST, "It is 80. 0.98", "Final answer: 80 0.97"]),
    card(1, "70", [...REST, "It is 70. 0.08", "Final answer: 70 0.08"]),
    card(2, "80", [...SUM, "It is 80. 0.95", "Final answer: 80 0.92"]),
    card(3, "80", [...SUM, "It is  80.0. 0.95", "Final answer: 80 0.92"]),
    ...[4, 5, 6].map((draw) => card(draw, "70", [...REST, "It is 70. 0.08", "Final answer: 70 0.08"])),
  ];
  return { run: "r", cards, ranking: { mean: [0, 2, 3, 1, 4, 5, 6] }, majority: null };
}

test("shared steps are folded, and each different step is one node", () => {
  const tree = solutionTree(run(), "mean", null);
  assert.deepEqual(columnTitles(tree), ["Steps 1–2", "Step 3", "Step 4", "Final answer"]);
  const shown = tree.nodes.map((node) => [node.column, plain(node.steps.at(-1).text), shareText(node, 7)]);
  assert.deepEqual(shown, [
    [0, "One plum costs 9", "all 7"],
    [1, "The rest is 100 - 11 = 89", "5 of 7"],
    [2, "It is 80", "1 of 7"],
    [3, "Final answer: 80", "1 of 7"],
    [2, "It is 70", "4 of 7"],
    [3, "Final answer: 70", "4 of 7"],
    [1, "Together they are 20", "2 of 7"],
    [2, "It is 80", "2 of 7"],
    [3, "Final answer: 80", "2 of 7"],
  ]);
  assert.deepEqual(
    tree.nodes.filter(({ isPick }) => isPick).map(({ column }) => column),
    [0, 1, 2, 3],
  );
  assert.equal(tree.nodes[0].steps.length, 2);
});

test("the sentence is computed: what is alike, where they part, where the scores fall", () => {
  assert.equal(
    solutionTree(run(), "mean", null).sentence,
    "All 7 write steps 1–2 alike. They part at step 3, into 2 ways; of the 5 that write “The rest is 100 - 11 = 89”, " +
      "4 fall to 0.08 at step 4.",
  );
  const same = { ...run(), cards: run().cards.slice(4) };
  assert.equal(solutionTree(same, "mean", null).sentence, "All 3 write the same steps.");
  const free = [0, 1, 2, 3].map((draw) => card(draw, "8", [`In words of ${draw}. 0.9`, "Final answer: 8 0.9"]));
  assert.equal(
    solutionTree({ ...run(), cards: free }, "mean", null).sentence,
    "They part at the first step: 4 of 4 begin in words of their own. Their answers tell more.",
  );
});

test("white space and the form of numbers make no difference, words do", () => {
  assert.equal(stepKey(" It  is 1,000.50 \n"), stepKey("It is 1000.5"));
  assert.equal(stepKey("It is 80.0."), stepKey("It is 80."));
  assert.notEqual(stepKey("It is 80."), stepKey("It is 8."));
  assert.notEqual(stepKey("1, 200"), stepKey("1200"));
});

test("an answer alone shows its own ways; one solution has no tree, one that stopped is not in it", () => {
  assert.equal(solutionTree(run(), "mean", "a80").total, 3);
  assert.equal(solutionTree({ ...run(), cards: run().cards.slice(0, 1) }, "mean", null), null);
  const stopped = { ...run(), cards: run().cards.map((each) => ({ ...each, state: "stopped" })) };
  assert.equal(solutionTree(stopped, "mean", null), null);
});

test("above twelve leaves the smallest fold, never the pick's", () => {
  const cards = Array.from({ length: 15 }, (_, at) => [
    card(2 * at, `${at}`, ["Look. 0.9", `Final answer: ${at} 0.9`]),
    ...(at ? [card(2 * at + 1, `${at}`, ["Look. 0.9", `Final answer: ${at} 0.9`])] : []),
  ]).flat();
  const view = { ...run(), cards, ranking: { mean: [0] } };
  const tree = solutionTree(view, "mean", null);
  const leaves = tree.nodes.filter(({ leaf }) => leaf);
  assert.equal(leaves.length, MOST_LEAVES);
  assert.deepEqual([tree.folded, tree.foldedSolutions, tree.total], [3, 6, 29]);
  assert.equal(leaves[0].leaf.answer, "0", "the pick's, though only one ends there");
  assert.equal(solutionTree(view, "mean", null, true).nodes.filter(({ leaf }) => leaf).length, 15);
});

test("solutions of one step, of other lengths, cut off, and without scores have their places", () => {
  const cards = [
    card(0, "8", ["Final answer: 8 0.9"]),
    card(1, "8", ["Look. 0.9", "Think. 0.9", "Final answer: 8 0.9"]),
    card(2, null, ["Look. 0.9", "On and on 0.5"], { truncated: true }),
    card(3, "8", ["Look. 0.9", "Final answer: 8 0.9"]),
  ];
  cards[3].steps[1].score = null;
  const tree = solutionTree({ ...run(), cards, ranking: { mean: [] } }, "mean", null);
  assert.deepEqual(
    tree.roots.map(({ draws }) => draws),
    [[1, 2, 3], [0]],
  );
  assert.equal(tree.nodes.filter(({ leaf }) => leaf).length, 4);
  assert.ok(tree.nodes.filter(({ leaf }) => leaf).every(({ column }) => column === tree.columns.length));
  const cut = tree.nodes.find(({ leaf }) => leaf?.truncated);
  assert.equal(spokenNode(cut, 4), "Ends with a cut-off step, 1 of 4, score 0.50");
  assert.equal(tree.nodes.find(({ leaf }) => leaf?.draw === 3).score, null);
});

test("arrows walk the tree, and nodes stand apart with ribbons as wide as their share", () => {
  const tree = solutionTree(run(), "mean", null);
  const [root, rest, first] = tree.nodes;
  assert.equal(moved(root, "ArrowRight", tree), rest);
  assert.equal(moved(rest, "ArrowLeft", tree), root);
  assert.equal(moved(first, "ArrowDown", tree).draws.length, 4);
  assert.equal(moved(first, "ArrowUp", tree), null);
  assert.equal(moved(root, "a", tree), null);
  const layout = treeLayout(tree, 900);
  const places = tree.nodes.filter(({ leaf }) => leaf).map((node) => layout.places.get(node));
  for (let at = 1; at < places.length; at += 1) {
    assert.ok(places[at].y - places[at].height / 2 >= places[at - 1].y + places[at - 1].height / 2);
  }
  assert.equal(layout.ribbons.length, tree.nodes.length - 1);
  assert.ok(treeLayout(tree, 200).width > 200, "narrower than it can be: it scrolls");
});

test("a formula in a sentence has its signs, not their names", () => {
  assert.equal(plain("The product is $2\\times 12=24$."), "The product is 2×12=24");
});

test("a narrow box shows where steps part, with formulas whole", () => {
  const beginning = "We read the first value of the table, which is";
  assert.equal(fromWhereTheyPart(`${beginning} 14.`, [`${beginning} 41.`]), "… which is 14.");
  assert.equal(fromWhereTheyPart(`${beginning} 14.`, []), `${beginning} 14.`, "nothing parts from it");
  assert.equal(fromWhereTheyPart("It is 14.", ["It is 41."]), "It is 14.", "a short beginning stays");
  const formula = (sum) => `Adding both of them up gives $14 + 23 = ${sum}$.`;
  assert.equal(fromWhereTheyPart(formula(37), [formula(36)]), "… up gives $14 + 23 = 37$.");
});
