import assert from "node:assert/strict";
import { test } from "node:test";
import {
  labelsTile,
  modelTile,
  readyTile,
  waitingTile,
  weekTile,
} from "../../../../visualprm_ui/components/admin_board/home_tiles.js";

const project = (people, more = {}) => ({
  project: "p",
  title: "Sums",
  archived: false,
  queues: [{ people }],
  ...more,
});

test("what waits is counted and each part is a link", () => {
  const failed = [{ quiz: "failed" }, { quiz: "passed" }];
  const tile = waitingTile([project(failed), project(failed, { archived: true })], 2, 1);
  assert.equal(tile.value, "4");
  assert.deepEqual(tile.links, [
    ["2 splits to review", "review"],
    ["1 disagreement to decide", "adjudicate"],
    ["1 failed the quiz of Sums", "admin?project=p&part=people"],
  ]);
  assert.deepEqual(waitingTile([], 0, 0), { title: tile.title, value: "", note: "Nothing is waiting.", links: [] });
});

test("nothing yet is said, and is no 0", () => {
  assert.equal(weekTile({ labels: 0, people: 0 }).value, "");
  const week = weekTile({ labels: 3, people: 1 });
  assert.deepEqual([week.value, week.note], ["3 labels", "given by one person"]);
  assert.equal(readyTile(0, true).note, "Nothing is labelled yet.");
  assert.deepEqual(readyTile(2, true).links, [["Export", "dataset?open=export"]]);
  assert.deepEqual(readyTile(2, false).links, [], "a reviewer exports nothing");
  const none = labelsTile([], { value: null, interval: null, reason: "Nobody has labelled anything here yet." });
  assert.deepEqual([none.value, none.note], ["", "Nobody has labelled anything here yet."]);
  assert.deepEqual(modelTile([{ headline: null }]).links, [["Evaluate one", "evaluate"]]);
});

test("labels and model have their figures and lead to them", () => {
  const gold = project([{ gold: { right: 9, steps: 10 } }, { gold: null }]);
  const tile = labelsTile([gold], { value: 0.744, interval: [0.67, 0.8], reason: null });
  assert.deepEqual([tile.value, tile.note], ["α 0.74", "agreement, 0.67 to 0.80 · 90 % of 10 gold steps right"]);
  const done = { id: "e 1", title: "Pilot", headline: { name: "macro-F1", figure: { value: 0.7312 } } };
  const model = modelTile([{ headline: null }, done]);
  assert.deepEqual([model.value, model.note, model.links[0][1]], ["73.1", "macro-F1, Pilot", "evaluate?id=e%201"]);
});
