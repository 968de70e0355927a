import assert from "node:assert/strict";
import { test } from "node:test";
import { LAST_PLACE } from "../../../../visualprm_ui/components/dataset_board/browse_query.js";
import {
  asBody,
  changed,
  datasetQuery,
  pageOf,
  pairQuery,
  stepFilters,
  stepQuery,
  withSteps,
} from "../../../../visualprm_ui/components/evaluate_board/address.js";

const query = (text) => new URLSearchParams(text);
const SET = { data_source: "bench", policy_model: null, queue: null };

test("an address names the list, one evaluation, or two", () => {
  assert.equal(pageOf(query("")).page, "list");
  assert.equal(pageOf(query("a=1")).page, "list");
  assert.equal(pageOf(query("id=1&place=2")).key, pageOf(query("id=1&threshold=.7")).key);
  assert.notEqual(pageOf(query("id=1")).key, pageOf(query("id=2")).key);
  assert.equal(pageOf(query("a=1&b=2")).page, "comparison");
});

test("without filters the most confident mistakes are listed", () => {
  assert.equal(String(stepFilters(query("id=1&threshold=0.7"))), "label=-1&predicted=1");
  assert.equal(String(stepFilters(query("id=1&place=3"))), "place=3");
  assert.equal(String(stepFilters(query("id=1&source="))), "source=", "a source of no name is a filter");
});

test("the threshold goes along only where something is predicted at it; a place is asked for by its number", () => {
  assert.equal(String(stepQuery(query("id=1"), 0.7)), "label=-1&predicted=1&threshold=0.7");
  assert.equal(String(stepQuery(query("id=1&place=11%2B"), 0.7)), "place=11");
});

test("a body has numbers where scores and labels are", () => {
  const body = asBody(query("label=-1&predicted=1&threshold=0.7&source=5&policy=8&score_from=0.1"));
  assert.deepEqual(body, { label: -1, predicted: 1, threshold: 0.7, source: "5", policy: "8", score_from: 0.1 });
});

test("other filters take the place of those before", () => {
  assert.equal(String(withSteps(query("id=1&place=3"), { label: "1" })), "id=1&label=1");
  assert.equal(String(changed(query("id=1&place=3"), { place: null })), "id=1");
});

test("two evaluations are asked for by their ids", () => {
  assert.equal(String(pairQuery(query("a=1&b=2&which=only_a_right&x=9"))), "which=only_a_right&a=1&b=2");
});

test("Dataset is asked for the same steps, as far as it can be", () => {
  const list = datasetQuery(query("label=-1&predicted=1&place=11%2B"), 0.85, SET);
  assert.deepEqual(Object.fromEntries(list), {
    view: "browse",
    source: "bench",
    label: "-1",
    step: String(LAST_PLACE),
    score_from: "0.85",
    sort: "-wrong_score",
  });
  assert.equal(datasetQuery(query("label=1&predicted=-1"), 0.85, SET).get("score_to"), "0.85");
  assert.equal(datasetQuery(query("place=3"), 0.85, SET).get("step"), "2");
});

test("Dataset knows twentieths of a score only: a range is widened to them, so that no step is lost", () => {
  const ends = (text, threshold) => {
    const list = datasetQuery(query(text), threshold, SET);
    return [list.get("score_from"), list.get("score_to")];
  };
  assert.deepEqual(ends("predicted=1", 0.83), ["0.8", null]);
  assert.deepEqual(ends("predicted=-1", 0.83), [null, "0.85"]);
  assert.deepEqual(ends("score_from=0.41&score_to=0.44", 0.5), ["0.4", "0.45"]);
  for (let hundredths = 0; hundredths <= 100; hundredths += 5)
    assert.deepEqual(ends("predicted=1", hundredths / 100), [String(hundredths / 100), null], "one of Dataset's own");
});
