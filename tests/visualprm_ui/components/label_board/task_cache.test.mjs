import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskCache } from "../../../../visualprm_ui/components/label_board/task_cache.js";

const answer = (position, done = 0) => ({
  task: { id: `t${position}`, position },
  progress: { done, total: 3 },
  title: "Q",
});

test("a task is asked for once, and anew on demand or after a failure", async () => {
  const asked = [];
  let broken = true;
  const source = new TaskCache("a/b", async (path) => {
    asked.push(path);
    if (broken) throw new Error("away");
    return answer(1);
  });
  await assert.rejects(source.at(1), /away/);
  assert.equal(source.has(1), false);
  broken = false;
  await source.at(1);
  await source.at(1);
  assert.equal(source.has(1), true);
  await source.refetch(1);
  assert.deepEqual(asked, Array(3).fill("api/queues/a%2Fb/tasks/1"));
  assert.deepEqual([source.title, source.total], ["Q", 3]);
});

test("an answer from before a submission does not turn the count back", async () => {
  let release;
  const source = new TaskCache("q", () => new Promise((resolve) => (release = resolve)));
  const asked = source.at(1);
  release(answer(1, 1));
  await asked;
  assert.equal(source.done, 1);
  const late = source.next();
  source.countDone(1);
  release(answer(2, 1));
  await late;
  assert.equal(source.done, 2);
  source.countDone(5);
  assert.equal(source.done, 3);
});

test("while changes wait to be sent, the server's count is not taken", async () => {
  let settled = false;
  const source = new TaskCache(
    "q",
    async () => answer(0, 2),
    () => settled,
  );
  await source.next();
  assert.equal(source.done, 0);
  settled = true;
  await source.next();
  assert.equal(source.done, 2);
});

test("what was kept ready is not trusted once its lease has run out", async () => {
  let now = 0;
  const leased = answer(1);
  leased.task.held_seconds = 60;
  const source = new TaskCache(
    "q",
    async (path) => (path.endsWith("/1") ? leased : answer(2)),
    undefined,
    () => now,
  );
  assert.equal(source.hasFresh(1), false);
  await source.at(1);
  await source.at(2); // of a run's queue: no lease
  now = 59_000;
  assert.deepEqual([source.hasFresh(1), source.hasFresh(2)], [true, true]);
  now = 61_000;
  assert.deepEqual([source.has(1), source.hasFresh(1), source.hasFresh(2)], [true, false, true]);
});
