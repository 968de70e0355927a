import assert from "node:assert/strict";
import { test } from "node:test";
import {
  actionWords,
  forecastWords,
  intervalText,
  listed,
  notCountedText,
  quietText,
  secondsText,
} from "../../../../visualprm_ui/components/admin_board/progress_words.js";

const PROGRESS = { project: "p", queue: "q", labels: { done: 8 }, people: [{ annotator: "g-1", name: "Frank" }] };
const LABELS = { done: 8, sent_back: 0 };
const words = (kind, more) => actionWords({ kind, count: 1, people: [], split: null, ...more }, PROGRESS);

test("each thing that waits is said in a sentence and leads where it is done", () => {
  assert.deepEqual(
    [words("review", { count: 2, split: 1 }).title, words("review", { count: 2, split: 1 }).button],
    ["2 splits wait for review", "Review split 2"],
  );
  assert.equal(words("review", { split: 0 }).title, "1 split waits for review");
  assert.equal(words("review", { split: 3 }).path, "review?queue=q&split=3");
  assert.equal(words("quiz", { people: ["g-1"] }).title, "Frank failed the entry quiz");
  assert.equal(words("speed", { people: ["g-1", "eve"] }).title, "Frank and eve label faster than anyone can read");
  assert.equal(words("speed", { people: ["g-1"] }).path, "admin?project=p&part=progress&fast=g-1");
  assert.equal(words("fill", { count: 0 }).path, "admin?project=p&part=fill");
});

test("many names are not all listed", () => {
  assert.equal(listed(["a", "b", "c"]), "a, b and c");
  assert.equal(listed(["a", "b", "c", "d"]), "a, b and 2 more");
  assert.equal(listed([]), "");
});

test("a forecast says its range, or why there is none", () => {
  const at = new Date(new Date().getFullYear(), 5, 10, 12);
  const even = { a_day: 34, over_days: 3, days_left: 8, soonest: 6, latest: 11, reason: null };
  assert.match(forecastWords(even, at, LABELS).end, /^Done about .*18/);
  assert.match(forecastWords(even, at, LABELS).note, /16.* to .*21.*, at 34 labels a day, as in the last 3 days$/);
  assert.match(forecastWords({ ...even, latest: null }, at, LABELS).note, /^not before .*16/);
  const young = { ...even, over_days: 1, soonest: null, latest: null, reason: "After 3 days there is a range too." };
  const said = "At 34 labels a day, as in the last 24 hours. After 3 days there is a range too.";
  assert.equal(forecastWords(young, at, LABELS).note, said);
  assert.deepEqual(forecastWords({ ...even, days_left: 0 }, at, LABELS), { end: "All labelled", note: "" });
  const idle = { a_day: null, over_days: 0, days_left: null, soonest: null, latest: null, reason: "Nothing." };
  assert.deepEqual(forecastWords(idle, at, LABELS), { end: "", note: "Nothing." });
  assert.match(forecastWords(idle, at, { done: 0, sent_back: 4 }).note, /^All that was labelled was sent back/);
});

test("an interval is shown or explained, and times are short", () => {
  assert.equal(
    intervalText({ value: 0.7, interval: [0.6, 0.8], reason: null }, (value) => value.toFixed(2)),
    "0.60 to 0.80",
  );
  assert.equal(intervalText({ value: 0.7, interval: null, reason: "Too few." }, String), "Too few.");
  assert.deepEqual([0.14, 1.44, 11.2, 240].map(secondsText), ["0.1 s", "1.4 s", "11 s", "4 min"]);
});

test("where nothing needs an admin it says whether work goes on", () => {
  const quiet = (done, held, lately, quiz = 0, paused = false) =>
    quietText({
      labels: { done, in_work: held, last_day: lately },
      people: [{ quiz_done: quiz }],
      options: { paused },
    });
  assert.match(quiet(0, 0, 0), /Nobody has begun to label/);
  assert.match(quiet(0, 0, 0, 3), /only the entry quiz has been answered/);
  assert.match(quiet(4, 0, 0, 3), /nobody has labelled for 24 hours/);
  assert.match(quiet(4, 1, 0), /work is in progress/);
  assert.match(quiet(4, 0, 2), /people are labelling/);
  assert.match(quiet(4, 0, 2, 0, true), /The project is paused/);
});

test("answers to quiz and gold items are no labels of the project, and that is said", () => {
  const person = (done, work, quiz) => ({ done, work_done: work, quiz_done: quiz });
  assert.equal(notCountedText([]), "");
  assert.equal(notCountedText([person(2, 2, 0)]), "");
  assert.equal(notCountedText([person(3, 0, 3)]), "Not counted as labels: 3 answers to the entry quiz.");
  const both = "Not counted as labels: 4 answers to the entry quiz and 1 answer to hidden gold items.";
  assert.equal(notCountedText([person(3, 0, 3), person(4, 2, 1)]), both);
});
