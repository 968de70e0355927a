import assert from "node:assert/strict";
import test from "node:test";
import { RestError } from "../../../../visualprm_ui/assets/rest.js";
import { FollowedSampling } from "../../../../visualprm_ui/components/solution_board/followed_sampling.js";

const tick = () => new Promise((done) => setImmediate(done));
const live = (finished) => ({ state: "running", ahead: 0, finished, sampling: { n: 8 } });

/** A promise that a test settles. */
function withResolvers() {
  const found = {};
  found.promise = new Promise((resolve) => {
    found.resolve = resolve;
  });
  return found;
}

/** A server whose answers a test gives one by one, with what was asked of it. */
function served() {
  const [looks, waits, told, ended] = [[], [], [], []];
  let beginning = withResolvers();
  const asked = {
    begin: () => beginning.promise,
    look: (run) => new Promise((answer, fail) => looks.push({ run, answer, fail })),
    wait: () => new Promise((done) => waits.push(done)),
  };
  const sampling = new FollowedSampling(
    asked,
    () => told.push("changed"),
    (search) => ended.push(search),
  );
  const begin = async (search, run) => {
    beginning = withResolvers();
    sampling.begin({ run: search });
    await tick();
    beginning.resolve({ run });
    await tick();
  };
  const answer = async (view) => {
    looks.shift().answer(view);
    await tick();
  };
  const wake = async () => {
    waits.shift()();
    await tick();
  };
  return { sampling, looks, waits, ended, told, begin, answer, wake };
}

test("the run of a search is followed to its end", async () => {
  const { sampling, ended, begin, answer, wake } = served();
  sampling.show("A");
  await begin("A", "beside A");
  await answer(live(3));
  assert.deepEqual(sampling.of("A"), { said: "3 of 8 sampled", isBusy: true });
  await wake();
  await answer({ state: "done" });
  assert.deepEqual([sampling.of("A"), ended], [{ said: "", isBusy: false }, ["A"]]);
});

test("what comes of one search's run is not told of another, and does not free its button", async () => {
  // progress, end and error of A were written into B's panel, and A's end enabled B's button while B's run went on
  const { sampling, looks, told, ended, begin, answer, wake } = served();
  sampling.show("A");
  await begin("A", "beside A");
  sampling.show("B");
  await begin("B", "beside B");
  const before = told.length;
  await answer(live(5)); // of A
  assert.equal(told.length, before);
  assert.deepEqual(sampling.of("B"), { said: "", isBusy: true });
  assert.deepEqual(
    looks.map(({ run }) => run),
    ["beside B"],
  );
  await wake(); // of A: it is not looked at any more
  assert.deepEqual(
    looks.map(({ run }) => run),
    ["beside B"],
  );
  await answer({ state: "stopped", message: "It was stopped." });
  assert.deepEqual(sampling.of("B"), { said: "It was stopped.", isBusy: false });
  assert.deepEqual([sampling.of("A").isBusy, ended], [true, ["B"]]);
});

test("a search that is shown again is busy until its run has ended, and is followed once", async () => {
  const { sampling, looks, ended, begin, answer, wake } = served();
  sampling.show("A");
  await begin("A", "beside A");
  await answer(live(1));
  sampling.show("");
  sampling.show("A"); // before the wait was over
  assert.equal(looks.length, 0);
  await wake();
  assert.equal(looks.length, 1);
  await answer(live(2));
  sampling.show("");
  await wake();
  assert.equal(looks.length, 0);
  sampling.show("A");
  assert.deepEqual([sampling.of("A").isBusy, looks.length], [true, 1]);
  await answer({ state: "done" });
  assert.deepEqual([sampling.of("A").isBusy, ended], [false, ["A"]]);
});

test("a run that cannot be begun is told of its search, and one that cannot be reached goes on", async () => {
  const { sampling, looks, begin, wake } = served();
  sampling.show("A");
  await begin("A", "beside A");
  looks.shift().fail(new RestError("The server cannot be reached.", 0));
  await tick();
  assert.deepEqual(sampling.of("A"), { said: "The server cannot be reached.", isBusy: true });
  await wake();
  looks.shift().fail(new RestError("There is no such run.", 404));
  await tick();
  assert.deepEqual(sampling.of("A"), { said: "There is no such run.", isBusy: false });
  sampling.show("B");
  assert.equal(sampling.of("A").said, "");
  const refused = new FollowedSampling(
    { begin: () => Promise.reject(new RestError("Too many runs.", 429)) },
    () => {},
    () => {},
  );
  await refused.begin({ run: "A" });
  assert.deepEqual(refused.of("A"), { said: "Too many runs.", isBusy: false });
});
