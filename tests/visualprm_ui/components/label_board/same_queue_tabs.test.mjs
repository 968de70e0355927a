import assert from "node:assert/strict";
import { test } from "node:test";
import { SameQueueTabs } from "../../../../visualprm_ui/components/label_board/same_queue_tabs.js";

/** Resolves once `holds` does: messages between tabs take a while. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test("tabs of one queue know of each other until they are left", async () => {
  const [one, other, elsewhere] = [new SameQueueTabs("q"), new SameQueueTabs("q"), new SameQueueTabs("r")];
  one.join();
  elsewhere.join();
  assert.equal(one.isAlone, true);
  other.join();
  await until(() => !one.isAlone && !other.isAlone);
  assert.equal(elsewhere.isAlone, true);
  other.leave();
  await until(() => one.isAlone);
  other.join(); // came back to it
  await until(() => !one.isAlone);
  for (const tab of [one, other, elsewhere]) tab.leave();
  assert.equal(one.isAlone, true);
});
