import assert from "node:assert/strict";
import { test } from "node:test";
import { advice } from "../../../visualprm_ui/components/account/sign_in.js";
import { changed, percent, runOf } from "../../../visualprm_ui/components/admin_board/projects.js";
import { pill, shortName, tabTitle } from "../../../visualprm_ui/components/app_bar/mount.js";
import { byYou, wayOn } from "../../../visualprm_ui/components/dataset_board/overview.js";
import { lacking, wholeHistory } from "../../../visualprm_ui/components/dataset_board/solution.js";
import { firstImage, isTextField, refusal } from "../../../visualprm_ui/components/picture/mount.js";
import { age } from "../../../visualprm_ui/components/runs_list/mount.js";

const engine = (more) => ({
  engine: {
    state: "ready",
    policy: "nano/policy",
    reward_model: "OpenGVLab/VisualPRM-8B",
    message: null,
    waiting: 0,
    ...more,
  },
});

test("the pill in every state", () => {
  assert.equal(pill(engine({})).text, "VisualPRM-8B · ready");
  assert.equal(pill(engine({ waiting: 2 })).text, "VisualPRM-8B · ready · 2 waiting");
  assert.equal(pill(engine({ state: "loading" })).text, "VisualPRM-8B · loading");
  assert.match(pill(engine({ state: "failed", message: "No weights in /x." })).detail, /^No weights in \/x\./);
  assert.equal(pill(null).state, "offline");
  assert.equal(pill(engine({ reward_model: "" })).text, "Models · ready");
});

test("what was skipped is not said to be labelled", () => {
  assert.equal(byYou(2, 0, 8), "2 of 8");
  assert.equal(byYou(1, 1, 8), "1 of 8, 1 skipped");
});

test("an empty queue is not there to be reviewed", () => {
  const queue = { queue: "a b", mine: 0, skipped: 0, total: 0 };
  assert.deepEqual(wayOn(queue, true), ["Add solutions", "admin?view=projects"]);
  assert.equal(wayOn(queue, false), null, "who cannot add solutions is offered nothing");
  assert.deepEqual(wayOn({ ...queue, total: 2, mine: 1 }, false), ["Label", "annotate?queue=a%20b"]);
  assert.deepEqual(wayOn({ ...queue, total: 2, mine: 1, skipped: 1 }, true), ["Review", "annotate?queue=a%20b"]);
});

test("every page's tab has its own name first", () => {
  assert.deepEqual(["explore", "admin"].map(tabTitle), [
    "Explore · VisualPRM Workbench",
    "Admin · VisualPRM Workbench",
  ]);
  assert.equal(tabTitle("account"), null, "the account's pages have titles of their own");
});

test("where nobody has an account there is no admin to ask", () => {
  assert.match(advice({ kind: "guest", role: "admin" }), /python -m storage people add NAME --role admin/);
  for (const status of [null, { kind: "guest", role: null }, { kind: "person", role: "admin" }])
    assert.match(advice(status), /Ask an admin/);
});

test("short names", () => {
  assert.deepEqual(["a/b", "b", "/x/y/", "", null].map(shortName), ["b", "b", "y", "", ""]);
});

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

test("ages", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  const at = (iso) => age(iso, now);
  assert.equal(at("2026-11-24T11:59:40Z"), "just now");
  assert.equal(at("2026-11-24T12:00:40Z"), "just now");
  assert.equal(at("2026-11-24T11:55:00Z"), "5 min ago");
  assert.equal(at("2026-11-24T09:00:00Z"), "3 h ago");
  assert.equal(at("2026-11-23T11:00:00Z"), "1 day ago");
  assert.equal(at("2026-10-01T00:00:00Z"), "2026-10-01");
  assert.equal(at("nonsense"), "");
});

test("a run by its address or by its id", () => {
  for (const text of ["http://127.0.0.1:7860/?run=0a1b", "https://x.org/p/?theme=dark&run=0a1b#top", " 0a1b "])
    assert.equal(runOf(text), "0a1b");
});

test("a share is shown as it is stored", () => {
  assert.deepEqual([0.125, 0.755, 0.005, 0.07, 0.29, 1].map(percent), ["12.5", "75.5", "0.5", "7", "29", "100"]); // which were rounded: 13, 76, 1
});

test("only what was changed in a project's settings is saved", () => {
  const before = { review_share: "12.5", quiz_pass: "75.5", overlap: "2", order: "random", blind: true };
  assert.deepEqual(changed(before, { ...before }), {});
  assert.deepEqual(changed(before, { ...before, review_share: "7", blind: false }), {
    review_share: 0.07,
    blind: false,
  });
  assert.deepEqual(changed(before, { ...before, quiz_pass: "", overlap: "", order: "uncertain" }), {
    quiz_pass: null,
    overlap: null,
    order: "uncertain",
  });
  assert.deepEqual(
    changed({}, { review_share: "12.3", overlap: "3" }),
    { review_share: 0.123, overlap: 3 },
    "a new project takes all of it",
  );
});

test("a history is read to its end", async () => {
  const stored = Array.from({ length: 450 }, (_, id) => ({ id }));
  const ask = async (path) => {
    const query = new URL(path, "http://x/").searchParams;
    const [after, limit] = [Number(query.get("after")), Number(query.get("limit"))];
    return { events: stored.slice(after, after + limit), next: after + limit < stored.length ? after + limit : null };
  };
  assert.deepEqual(await wholeHistory("api/solutions/s", ask), stored);
});

test("a decision leaves no step in dispute, unless the steps cannot be judged", () => {
  const labels = [null, 1, null, 1, null];
  assert.equal(lacking(null, labels, [0, 2, 4]), "Choose a cause first.");
  assert.equal(lacking("slip", labels, [0, 2, 4]), "Steps 1, 3 and 5 are still open: their labels differ.");
  assert.equal(lacking("slip", labels.with(4, 0), [0, 2, 4]), "Steps 1 and 3 are still open: their labels differ.");
  assert.equal(lacking("slip", labels, [1, 2]), "Step 3 is still open: its labels differ.");
  assert.equal(lacking("slip", labels.with(2, -1), [1, 2]), "", "a step that everybody left out may stay out");
  assert.equal(lacking("slip", Array(5).fill(null), []), "Decide at least one step.");
  assert.equal(lacking("bad_split", Array(5).fill(null), [0, 2, 4]), "");
});
