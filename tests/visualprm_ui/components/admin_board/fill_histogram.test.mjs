import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, caption } from "../../../../visualprm_ui/components/admin_board/fill_histogram.js";

const SCORED = { mean_scores: Array.from({ length: 20 }, (_, index) => index), unscored: 2, steps: [1, 1] };
const UNSCORED = { mean_scores: null, unscored: 3, steps: [0, 2, 1, ...Array(17).fill(0)] };

test("the bars within the limits of the score are marked, those outside stay", () => {
  const bars = barsOf(SCORED, [0.6, 0.9]);
  assert.equal(bars.length, 20);
  const taken = bars.filter(({ isTaken }) => isTaken).map(({ range }) => range);
  assert.equal(taken[0], "0.60 to 0.65");
  assert.equal(taken[taken.length - 1], "0.85 to 0.90");
  assert.equal(taken.length, 6);
  assert.ok(barsOf(SCORED, [0, 1]).every(({ isTaken }) => isTaken));
});

test("without scores the steps are counted, as far as there are any", () => {
  const short = barsOf(UNSCORED, [0, 1]);
  assert.deepEqual(
    short.slice(0, 4).map(({ range, count }) => [range, count]),
    [
      ["1", 0],
      ["2", 2],
      ["3", 1],
      ["4", 0],
    ],
  );
  assert.equal(short.length, 10);
  const long = barsOf({ ...UNSCORED, steps: [...Array(19).fill(0), 4] }, [0, 1]);
  assert.equal(long[19].range, "20 or more");
});

test("the caption says the limits and how many have no scores", () => {
  assert.equal(caption(SCORED, [0.6, 1]), "Mean step score 0.60 to 1.00; 2 solutions without scores");
  assert.equal(caption({ ...SCORED, unscored: 0 }, [0, 1]), "Mean step score");
  assert.equal(caption(UNSCORED, [0, 1]), "Steps of each solution; none has scores");
});
