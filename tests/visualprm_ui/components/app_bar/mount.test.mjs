import assert from "node:assert/strict";
import { test } from "node:test";
import { modelStatus, shortName, tabTitle } from "../../../../visualprm_ui/components/app_bar/mount.js";

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
  assert.equal(modelStatus(engine({})).text, "VisualPRM-8B · ready");
  assert.equal(modelStatus(engine({ waiting: 2 })).text, "VisualPRM-8B · ready · 2 waiting");
  assert.equal(modelStatus(engine({ state: "loading" })).text, "VisualPRM-8B · loading");
  const raw = { message: "401 Client Error: pass a token=... in /x" };
  assert.match(
    modelStatus(engine({ state: "failed", ...raw })).detail,
    /^The models could not be loaded\. Models on Explore/,
  );
  assert.match(modelStatus(engine(raw)).detail, /^The models requested last could not be loaded; these were kept/);
  for (const state of ["failed", "ready"]) assert.doesNotMatch(modelStatus(engine({ state, ...raw })).detail, /token/);
  assert.match(modelStatus(engine({})).detail, /^Policy: nano/);
  assert.equal(modelStatus(null).state, "offline");
  assert.equal(modelStatus(engine({ reward_model: "" })).text, "Models · ready");
});

test("every page's tab has its own name first", () => {
  assert.deepEqual(["explore", "admin"].map(tabTitle), [
    "Explore · VisualPRM Workbench",
    "Admin · VisualPRM Workbench",
  ]);
  assert.equal(tabTitle("account"), null, "the account's pages have titles of their own");
});

test("short names", () => {
  assert.deepEqual(["a/b", "b", "/x/y/", "", null].map(shortName), ["b", "b", "y", "", ""]);
});
