import assert from "node:assert/strict";
import { test } from "node:test";
import { standingText, versionChoices } from "../../../../visualprm_ui/components/admin_board/guideline_part.js";

const AT = "2026-05-04T12:00:00+00:00";
const OWN = { current: "3", versions: ["3", "2"].map((version) => ({ version, by: "Ada", at: AT })) };

test("the versions to start from are the project's own, the newest first", () => {
  assert.deepEqual(
    versionChoices(OWN).map(([version]) => version),
    ["3", "2"],
  );
  assert.deepEqual(versionChoices({ current: "1", versions: [] }), [["1", "Version 1"]]);
});

test("it is said who saved the version that counts", () => {
  assert.match(standingText(OWN), /^Version 3, saved by Ada, /);
  assert.match(standingText({ current: "1", versions: [] }), /^Version 1, the one that every project starts with\./);
});
