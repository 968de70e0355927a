import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changed,
  chipsOf,
  filtersOf,
  listQuery,
  pageQuery,
} from "../../../../visualprm_ui/components/dataset_board/browse_query.js";

const query = (/** @type {string} */ text) => new URLSearchParams(text);
const words = (/** @type {string} */ text) => chipsOf(query(text)).map((chip) => `${chip.title}: ${chip.text}`);

test("the server is asked for what the address says, and for nothing else of it", () => {
  assert.equal(
    pageQuery(query("view=browse&id=1&state=split&after=9")).toString(),
    "state=split&sort=-updated&after=9",
  );
  assert.equal(filtersOf(query("q=&state=&source=a&source=b")).toString(), "source=a&source=b");
});

test("the same list has the same address, whatever order its filters were set in", () => {
  assert.equal(listQuery(query("sort=-updated&label=-1&q=a&after=3")).toString(), "q=a&label=-1");
  assert.equal(listQuery(query("q=a&label=-1")).toString(), "q=a&label=-1");
});

test("the list without the built-in benchmark says so", () => {
  assert.deepEqual(words("benchmark=false"), ["Nano benchmark: left out"]);
  assert.deepEqual(words("benchmark=true"), []);
  assert.equal(filtersOf(query("benchmark=false")).toString(), "benchmark=false");
});

test("a changed filter begins at the first page", () => {
  assert.equal(changed(query("q=a&after=9"), { state: "open" }).toString(), "q=a&state=open");
  assert.equal(changed(query("source=a&source=b"), { source: ["b"] }).toString(), "source=b");
  assert.equal(changed(query("q=a"), { q: null }).toString(), "");
});

test("a source without a name is a value, any other empty text is no filter", () => {
  assert.deepEqual(words("source=&policy="), ["Source: not named"]);
});

test("conditions on one step are one chip, which takes all of them off", () => {
  const [chip, ...others] = chipsOf(query("label=-1&step=3&score_from=0.8"));
  assert.equal(`${chip.title}: ${chip.text}`, "A step: wrong, at 4, score ≥ 0.80");
  assert.deepEqual(others, []);
  assert.equal(
    changed(query("q=a&label=-1&step=3"), Object.fromEntries(chip.names.map((name) => [name, null]))).toString(),
    "q=a",
  );
});

test("filters are said in words", () => {
  assert.deepEqual(words("label=0&step=10"), ["A step: neutral, at 11 or later"]);
  assert.deepEqual(words("score_from=0&score_to=0.05"), ["A step: score 0.00 to 0.05"]);
  assert.deepEqual(words("score_to=0.5"), ["A step: score < 0.50"]);
  assert.deepEqual(words("seconds_from=30&seconds_to=60"), ["Time: 30 s to 60 s"]);
  assert.deepEqual(words("differing=2&skip_reason=bad_problem"), [
    "Disagreement: 2 or more steps",
    "Skipped, why: bad problem",
  ]);
  assert.deepEqual(chipsOf(query("queue=q1"), { q1: "Geometry" })[0].text, "Geometry");
});
