import assert from "node:assert/strict";
import { test } from "node:test";
import { firstImage, isTextField } from "../../../../visualprm_ui/components/picture/file_input.js";

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
