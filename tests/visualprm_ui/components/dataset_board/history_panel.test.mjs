import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeHistory } from "../../../../visualprm_ui/components/dataset_board/history_panel.js";

test("a history is read to its end", async () => {
  const stored = Array.from({ length: 450 }, (_, id) => ({ id }));
  const ask = async (path) => {
    const query = new URL(path, "http://x/").searchParams;
    const [after, limit] = [Number(query.get("after")), Number(query.get("limit"))];
    return { events: stored.slice(after, after + limit), next: after + limit < stored.length ? after + limit : null };
  };
  assert.deepEqual(await wholeHistory("api/solutions/s", ask), stored);
});
