import assert from "node:assert/strict";
import { test } from "node:test";
import { inQueues, queueAction, yourProgress } from "../../../../visualprm_ui/components/dataset_board/overview.js";

test("what was skipped is not said to be labelled", () => {
  assert.equal(yourProgress(2, 0, 8), "2 of 8");
  assert.equal(yourProgress(1, 1, 8), "1 of 8, 1 skipped");
});

test("an empty queue is not there to be reviewed", () => {
  const queue = { queue: "a b", mine: 0, skipped: 0, total: 0 };
  assert.deepEqual(queueAction(queue, true), ["Add solutions", "admin?view=projects"]);
  assert.equal(queueAction(queue, false), null, "who cannot add solutions is offered nothing");
  assert.deepEqual(queueAction({ ...queue, total: 2, mine: 1 }, false), ["Label", "annotate?queue=a%20b"]);
  assert.deepEqual(queueAction({ ...queue, total: 2, mine: 1, skipped: 1 }, true), ["Review", "annotate?queue=a%20b"]);
});

test("a solution in several queues is counted once, which is said", () => {
  assert.equal(inQueues(1, [{ total: 1 }]), "solution in a queue");
  assert.equal(inQueues(5, [{ total: 5 }]), "solutions in queues");
  assert.equal(inQueues(9, [{ total: 7 }, { total: 6 }]), "different solutions in queues");
});
