import assert from "node:assert/strict";
import { test } from "node:test";
import { costText } from "../../../../visualprm_ui/components/admin_board/new_project_preview.js";

const project = (...people) => ({
  queues: [{ people: people.map(([done, each]) => ({ done, seconds_an_item: each })) }],
});

test("what labels cost is told at the pace of the other projects", () => {
  const known = [project([30, 120], [10, 40]), project([5, null])];
  assert.match(costText({ overlap: "2" }, known), /^100 solutions take 200 labels, about 6 hours .* 100 seconds/);
  assert.match(costText({ overlap: "" }, known), /^100 solutions take 100 labels/);
  assert.match(costText({ overlap: "2" }, []), /How long that takes is known once/);
  assert.equal(costText({ overlap: "0.5" }, known), "");
});
