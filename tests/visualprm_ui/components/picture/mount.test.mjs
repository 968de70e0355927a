import assert from "node:assert/strict";
import { test } from "node:test";
import { firstImage, isTextField, refusal } from "../../../../visualprm_ui/components/picture/mount.js";

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

test("the image among the files dropped", () => {
  const files = [{ type: "text/plain" }, { type: "image/png" }];
  assert.equal(firstImage(files), files[1]);
  assert.equal(firstImage([files[0]]), files[0]);
  assert.equal(firstImage([]), null);
  assert.equal(firstImage(undefined), null);
});

test("typing fields keep their paste", () => {
  assert.ok(isTextField({ tagName: "TEXTAREA" }));
  assert.ok(isTextField({ tagName: "INPUT", type: "number" }));
  assert.ok(!isTextField({ tagName: "INPUT", type: "range" }));
  assert.ok(!isTextField({ tagName: "BODY" }));
  assert.ok(!isTextField(null));
});
