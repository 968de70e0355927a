import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf } from "../../../../visualprm_ui/components/export_panel/command.js";

test("the command does what the request does, safe to paste", () => {
  assert.equal(commandOf({ format: "trl" }), "python -m storage export --format trl OUT/");
  const asked = {
    format: "hub",
    split: 0,
    labels: "person:O'Hara",
    min_agreement: 0.5,
    evaluation: true,
    license: "mit",
  };
  assert.equal(
    commandOf(asked),
    "python -m storage export --format hub --split 0 --labels 'person:O'\\''Hara' --min-agreement 0.5 --license mit " +
      "--evaluation OUT/",
  );
});
