import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../../../../visualprm_ui/components/picture/mount.js";

test("files are refused with a reason, images are not", () => {
  assert.equal(refusal({ name: "a.png", size: 10, type: "image/png" }, 100), null);
  assert.equal(refusal({ name: "a", size: 10, type: "" }, 100), null);
  assert.match(refusal({ name: "a.txt", size: 10, type: "text/plain" }, 100), /a\.txt is not an image/);
  assert.match(refusal({ name: "a.png", size: 0, type: "image/png" }, 100), /empty/);
  assert.equal(
    refusal({ name: "a.png", size: 22 * 1048576, type: "image/png" }, 20 * 1048576),
    "This file has 22 MB; images may have up to 20 MB.",
  );
});
