import assert from "node:assert/strict";
import { test } from "node:test";
import { deletionText } from "../../../../visualprm_ui/components/admin_board/delete_project.js";

test("what stays and what goes with a project is said", () => {
  assert.equal(
    deletionText({ solutions: 1, labels: 0, people: 0, known_labels: 0, guidelines: 0 }),
    "Its 1 solution stays in the store.",
  );
  assert.equal(
    deletionText({ solutions: 250, labels: 214, people: 4, known_labels: 9, guidelines: 2 }),
    "Its 250 solutions and the 214 labels of 4 people stay in the store. " +
      "9 labels of gold and quiz items are deleted. Its own guideline is deleted, with 2 versions.",
  );
});
