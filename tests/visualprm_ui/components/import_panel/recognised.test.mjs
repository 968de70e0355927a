import assert from "node:assert/strict";
import { test } from "node:test";
import { columnOf } from "../../../../visualprm_ui/components/import_panel/recognised.js";

test("a field without a column of its own says where it is read from", () => {
  const columns = ["question", "response"];
  assert.deepEqual(columnOf("question", {}, columns), { theirs: "question", none: "–" });
  assert.deepEqual(columnOf("answer", {}, columns), { theirs: "", none: "–" });
  assert.deepEqual(columnOf("steps", {}, columns), { theirs: "", none: "in the solution" });
  assert.deepEqual(columnOf("labels", { response: "output" }, ["output"]), {
    theirs: "",
    none: "in the solution, if any",
  });
  assert.deepEqual(columnOf("labels", {}, ["question", "steps"]), { theirs: "", none: "–" });
});

test("a column is one field, whatever it is called", () => {
  assert.equal(columnOf("response", { response: "steps" }, ["steps"]).theirs, "steps");
  assert.deepEqual(columnOf("steps", { response: "steps" }, ["steps"]), { theirs: "", none: "in the solution" });
});
