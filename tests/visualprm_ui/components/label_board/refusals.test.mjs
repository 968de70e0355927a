import assert from "node:assert/strict";
import { test } from "node:test";
import { goneMessage } from "../../../../visualprm_ui/components/label_board/messages.js";
import { groups } from "../../../../visualprm_ui/components/label_board/refusals.js";

const refusal = (uuid, task, gone = false) => ({ event: { uuid, task }, reason: "r", ...(gone ? { gone } : {}) });

test("changes of an item that was deleted stand together, others alone", () => {
  const refusals = [
    refusal("1", "a", true),
    refusal("2", "b"),
    refusal("3", "a", true),
    refusal("4", "b"),
    refusal("5", "c", true),
  ];
  const uuids = groups(refusals).map((group) => group.map(({ event }) => event.uuid));
  assert.deepEqual(uuids, [["1", "3"], ["2"], ["4"], ["5"]]);
});

test("a person is told which item was deleted and how much is lost", () => {
  assert.equal(goneMessage(1, 4), "Item 5 was deleted. 1 change to it is not kept.");
  assert.equal(goneMessage(3), "An item was deleted. 3 changes to it are not kept.");
});
