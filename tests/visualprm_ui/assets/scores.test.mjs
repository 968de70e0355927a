import assert from "node:assert/strict";
import { test } from "node:test";
import { pie, scoreBand, scoreText, spokenScore } from "../../../visualprm_ui/assets/scores.js";

test("bands and their edges", () => {
  assert.deepEqual([0, 0.19, 0.2, 0.39, 0.4, 0.6, 0.8, 1].map(scoreBand), [1, 1, 2, 2, 3, 4, 5, 5]);
});

test("undefined is never zero", () => {
  for (const score of [null, undefined, NaN, "0.5", -0.1, 1.1]) {
    assert.equal(scoreBand(score), null);
    assert.equal(scoreText(score), "–");
    assert.equal(spokenScore(score), "not scored");
    assert.equal(pie(score, 7, 6), "");
  }
  assert.equal(scoreText(0), "0.00");
  assert.equal(spokenScore(0), "0.00, very likely wrong");
});

test("band and number never disagree at an edge", () => {
  for (let i = 0; i <= 10000; i += 1) {
    const score = i / 10000;
    const shown = Number(scoreText(score));
    assert.equal(scoreBand(score), scoreBand(shown), `${score}`);
  }
});

test("the pie is empty, half, full", () => {
  assert.equal(pie(0, 7, 6), "");
  assert.match(pie(0.5, 7, 6), /A6 6 0 0 1 7\.00 13\.00z$/);
  assert.match(pie(0.75, 7, 6), /A6 6 0 1 1 1\.00 7\.00z$/);
  assert.match(pie(1, 7, 6), /^M7 1a/);
});
