import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, contradict, shownLabels } from "../../../../visualprm_ui/components/dataset_board/browse_rows.js";

test("label and score contradict where they say opposite things only", () => {
  assert.equal(contradict(-1, 0.9), true);
  assert.equal(contradict(1, 0.1), true);
  assert.equal(contradict(1, 0.9), false);
  assert.equal(contradict(-1, 0.1), false);
  for (const label of /** @type {const} */ ([0, null])) assert.equal(contradict(label, 0.9), false);
  assert.equal(contradict(-1, null), false);
});

const file = (/** @type {string} */ source) => ({
  source,
  labels: /** @type {import("../../../../visualprm_ui/assets/api.d.ts").StepLabel[]} */ ([1, -1]),
});

test("labels of a file stand in where nobody labelled, and it is the only one", () => {
  assert.deepEqual(shownLabels({ labels: [null, null], file_labels: [file("a")], rollout_labels: [] }), {
    labels: [1, -1],
    source: "file: a",
  });
  assert.deepEqual(shownLabels({ labels: [0, null], file_labels: [file("a")], rollout_labels: [] }), {
    labels: [0, null],
    source: null,
  });
  assert.equal(
    shownLabels({ labels: [null, null], file_labels: [file("a"), file("b")], rollout_labels: [] }).source,
    null,
  );
});

test("where neither people nor a file labelled it, those of the only policy's rollouts are shown", () => {
  const by = (/** @type {string} */ policy) => ({ policy_model: policy, labels: [1, null] });
  const none = { labels: [null, null], file_labels: [] };
  assert.deepEqual(shownLabels({ ...none, rollout_labels: [by("p")] }), {
    labels: [1, null],
    source: "Monte-Carlo: p",
  });
  assert.equal(shownLabels({ ...none, rollout_labels: [by("p"), by("q")] }).source, null);
  assert.equal(shownLabels({ ...none, labels: [0, null], rollout_labels: [by("p")] }).source, null);
  assert.equal(shownLabels({ ...none, file_labels: [file("a")], rollout_labels: [by("p")] }).source, "file: a");
});

test("times are short while they are near", () => {
  const now = Date.parse("2026-03-10T12:00:00Z");
  assert.equal(ago("2026-03-10T11:59:40Z", now), "just now");
  assert.equal(ago("2026-03-10T11:15:00Z", now), "45 min");
  assert.equal(ago("2026-03-10T02:00:00Z", now), "10 h");
  assert.equal(ago("2026-03-07T11:00:00Z", now), "3 d");
  assert.match(ago("2026-01-02T11:00:00Z", now), /2026/);
});
