import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf } from "../../../../visualprm_ui/components/export_panel/command.js";

test("the command does what the request does, safe to paste", () => {
  assert.equal(commandOf({ format: "trl" }, ""), "python -m storage export --format trl OUT/");
  const asked = {
    format: "hub",
    split: 0,
    labels: "person:O'Hara",
    min_agreement: 0.5,
    evaluation: true,
    license: "mit",
  };
  assert.equal(
    commandOf(asked, ""),
    "python -m storage export --format hub --split 0 --labels 'person:O'\\''Hara' --min-agreement 0.5 --license mit " +
      "--evaluation OUT/",
  );
});

test("the command has the masks of the request", () => {
  const asked = { format: "solutions", labels: "monte_carlo:p", agrees_with: "my judge", subset: 0.1 };
  assert.equal(
    commandOf({ ...asked, wrong_to: 0.125, correct_from: 0.75 }, ""),
    "python -m storage export --format solutions --labels monte_carlo:p --wrong-to 0.125 --correct-from 0.75 " +
      "--agrees-with 'my judge' --subset 0.1 OUT/",
  );
});

test("the command names the store where it is not where commands look", () => {
  assert.equal(
    commandOf({ format: "trl" }, "--data-dir '/srv/our data'"),
    "python -m storage export --format trl --data-dir '/srv/our data' OUT/",
  );
});
