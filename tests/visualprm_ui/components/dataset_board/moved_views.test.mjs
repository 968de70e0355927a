import assert from "node:assert/strict";
import { test } from "node:test";
import { movedTo } from "../../../../visualprm_ui/components/dataset_board/moved_views.js";

test("links of before lead to the pages that took over, with what they were about", () => {
  assert.equal(movedTo(new URLSearchParams("view=splits&queue=q&split=3")), "review?queue=q&split=3");
  assert.equal(movedTo(new URLSearchParams("view=disagreements")), "adjudicate");
  assert.equal(movedTo(new URLSearchParams("view=browse&queue=q")), null);
  assert.equal(movedTo(new URLSearchParams("")), null);
});
