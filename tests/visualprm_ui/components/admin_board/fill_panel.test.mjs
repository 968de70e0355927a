import assert from "node:assert/strict";
import { test } from "node:test";
import { runOf } from "../../../../visualprm_ui/components/admin_board/fill_panel.js";

test("a run by its address or by its id", () => {
  for (const text of ["http://127.0.0.1:7860/?run=0a1b", "https://x.org/p/?theme=dark&run=0a1b#top", " 0a1b "])
    assert.equal(runOf(text), "0a1b");
});
