import assert from "node:assert/strict";
import { test } from "node:test";
import { move, place, remove, room } from "../../../../visualprm_ui/components/picture/pictures.js";

const picture = (sha) => ({ sha, width: 1, height: 1 });
const list = (shas) => [...shas].map(picture);
const shas = (pictures) => pictures.map(({ sha }) => sha).join("");

test("where pictures go that come", () => {
  const placed = (there, selected, come, arrival) => {
    const { pictures, selected: now, replaced } = place(list(there), selected, list(come), arrival);
    return [shas(pictures), now, shas(replaced)];
  };
  assert.deepEqual(placed("", 0, "ab", "arrive"), ["ab", 0, ""]);
  assert.deepEqual(placed("a", 0, "b", "arrive"), ["b", 0, "a"]); // dropped on a question with one picture
  assert.deepEqual(placed("a", 0, "bc", "arrive"), ["bc", 0, "a"]);
  assert.deepEqual(placed("ab", 0, "c", "arrive"), ["abc", 2, ""]); // one of several: one more
  assert.deepEqual(placed("abc", 1, "d", "replace"), ["adc", 1, "b"]);
  assert.deepEqual(placed("abc", 1, "d", "add"), ["abcd", 3, ""]);
});

test("a picture that is there already stays where it is", () => {
  const { pictures, selected, replaced } = place(list("abc"), 0, list("b"), "add");
  assert.deepEqual([shas(pictures), selected, replaced], ["abc", 1, []]);
  assert.equal(shas(place(list("a"), 0, list("a"), "arrive").pictures), "a");
  assert.deepEqual(place(list("a"), 0, list("a"), "arrive").replaced, []);
  assert.equal(shas(place(list(""), 0, list("aab"), "add").pictures), "ab");
});

test("how many pictures may come", () => {
  assert.equal(room(0, "arrive", 8), 8);
  assert.equal(room(1, "arrive", 8), 8);
  assert.equal(room(1, "add", 8), 7);
  assert.equal(room(8, "add", 8), 0);
  assert.equal(room(8, "arrive", 8), 0);
  assert.equal(room(8, "replace", 8), 1);
});

test("order and removal", () => {
  const moved = (index, by) => {
    const { pictures, selected } = move(list("abc"), index, by);
    return [shas(pictures), selected];
  };
  assert.deepEqual(moved(0, 1), ["bac", 1]);
  assert.deepEqual(moved(2, -1), ["acb", 1]);
  assert.deepEqual(moved(0, -1), ["abc", 0]);
  assert.deepEqual(moved(2, 1), ["abc", 2]);
  const left = (there, index) => {
    const { pictures, selected } = remove(list(there), index);
    return [shas(pictures), selected];
  };
  assert.deepEqual(left("abc", 1), ["ac", 1]);
  assert.deepEqual(left("abc", 2), ["ab", 1]);
  assert.deepEqual(left("a", 0), ["", 0]);
});
