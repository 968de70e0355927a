import assert from "node:assert/strict";
import { test } from "node:test";
import { imageFiles, isTextField } from "../../../../visualprm_ui/components/picture/file_input.js";

test("the images among the files dropped", () => {
  const files = [{ type: "text/plain" }, { type: "image/png" }, { type: "image/webp" }];
  assert.deepEqual(imageFiles(files), files.slice(1));
  assert.deepEqual(imageFiles([files[0], files[0]]), [files[0]]);
  assert.deepEqual(imageFiles([]), []);
  assert.deepEqual(imageFiles(undefined), []);
});

test("typing fields keep their paste", () => {
  assert.ok(isTextField({ tagName: "TEXTAREA" }));
  assert.ok(isTextField({ tagName: "INPUT", type: "number" }));
  assert.ok(!isTextField({ tagName: "INPUT", type: "range" }));
  assert.ok(!isTextField({ tagName: "BODY" }));
  assert.ok(!isTextField(null));
});
