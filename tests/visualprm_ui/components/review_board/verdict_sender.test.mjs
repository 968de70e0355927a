import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { VerdictSender } from "../../../../visualprm_ui/components/review_board/verdict_sender.js";

const work = (/** @type {string} */ task) => ({
  item: { task, name: "ada", labels: [1] },
  judgement: { verdict: "right" },
});
const before = globalThis.fetch;
globalThis.document ??= { baseURI: "http://localhost/" };

afterEach(() => {
  globalThis.fetch = before;
});

function sender(answers) {
  const said = { sent: [], failed: 0, saved: [], keepalive: null };
  globalThis.fetch = async (_path, { body, keepalive }) => {
    said.keepalive = keepalive;
    said.sent.push(JSON.parse(body).task);
    if (answers.shift() === "away") throw new TypeError("fetch failed");
    return new Response("{}", { headers: { "Content-Type": "application/json" } });
  };
  const made = new VerdictSender("api/x", {
    saving: () => {},
    saved: ({ item }) => said.saved.push(item.task),
    failed: () => {
      said.failed += 1;
    },
  });
  return { made, said };
}

test("a verdict that could not be saved is sent again by the next flush", async () => {
  const { made, said } = sender(["away", "there"]);
  made.add(work("one"));
  assert.equal(await made.flush(), false);
  assert.equal(await made.flush(), true);
  assert.deepEqual([said.sent, said.failed, said.saved], [["one", "one"], 1, ["one"]]);
});

test("something newer takes the place of what failed", async () => {
  const { made, said } = sender(["away", "there"]);
  made.add(work("one"));
  await made.flush();
  made.add(work("two"));
  assert.equal(await made.flush(), true);
  assert.deepEqual(said.saved, ["two"]);
});

test("a verdict outlives its page, unless browsers would refuse it as too large for that", async () => {
  const { made, said } = sender(["there", "there"]);
  made.add(work("one"));
  await made.flush();
  assert.equal(said.keepalive, true);
  const { item, judgement } = work("one");
  made.add({ item, judgement: { ...judgement, note: "字".repeat(22_000) } });
  await made.flush();
  assert.equal(said.keepalive, false);
});
