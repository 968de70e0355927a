import assert from "node:assert/strict";
import test from "node:test";
import {
  failureMessage,
  formatBytes,
  modelOptionText,
  pairText,
  progressFraction,
  servedModelText,
  statusMessage,
} from "../../../../visualprm_ui/components/models_panel/mount.js";

const ready = { state: "ready", message: null, active: 0, in_turns: false, progress: null };

test("sizes are in the unit that people read", () => {
  assert.equal(formatBytes(6.1 * 2 ** 30), "6.1 GiB");
  assert.equal(formatBytes(13188544), "13 MiB");
  assert.equal(formatBytes(5), "1 MiB");
  assert.equal(formatBytes(null), "");
});

test("a model says where it is", () => {
  const model = { name: "VisualPRM-8B", dtype: "4bit bfloat16", bytes: 6 * 2 ** 30, device: "cuda:0", resident: true };
  assert.equal(servedModelText(model, false), "VisualPRM-8B · 4bit bfloat16 · 6.0 GiB · cuda:0");
  assert.equal(servedModelText(model, true), "VisualPRM-8B · 4bit bfloat16 · 6.0 GiB · now on cuda:0");
  assert.equal(
    servedModelText({ ...model, resident: false }, true),
    "VisualPRM-8B · 4bit bfloat16 · 6.0 GiB · waiting in host memory",
  );
  assert.equal(servedModelText(null, false), "none");
});

test("the sentence says what happens and what stays", () => {
  assert.equal(statusMessage(ready), "");
  assert.match(statusMessage({ ...ready, in_turns: true }), /take turns/);
  assert.equal(
    statusMessage({ ...ready, state: "loading", active: 1 }),
    "Waiting for 1 run to finish with the previous models.",
  );
  const progress = { role: "policy", source: "/models/InternVL2_5-8B/", done: 120, total: 600 };
  assert.equal(statusMessage({ ...ready, state: "loading", progress }), "Loading InternVL2_5-8B. 120 of 600 tensors");
  assert.equal(
    statusMessage({ ...ready, state: "loading", progress: { ...progress, done: 0, total: null } }),
    "Loading InternVL2_5-8B.",
  );
  assert.match(statusMessage({ ...ready, state: "empty" }), /Labelling goes on/);
  assert.equal(
    statusMessage({ ...ready, state: "failed" }),
    "The models could not be loaded.",
    "who may not operate them is told no reason",
  );
});

test("a change that failed is told inside the panel, not on everybody's page", () => {
  const refused = { ...ready, message: "'x' is no checkpoint." };
  assert.equal(statusMessage(refused), "");
  assert.equal(failureMessage(refused), "'x' is no checkpoint. The previous models stay.");
  for (const state of ["loading", "failed", "empty"]) assert.equal(failureMessage({ ...refused, state }), "");
  assert.equal(failureMessage(ready), "");
});

test("a download says how much of it is there", () => {
  const progress = {
    role: "policy",
    source: "OpenGVLab/VisualPRM-8B",
    unit: "bytes",
    done: 3 * 2 ** 30,
    total: 15.5 * 2 ** 30,
  };
  const view = { ...ready, state: "loading", progress };
  assert.equal(statusMessage(view), "Downloading VisualPRM-8B. 3.0 GiB of 15.5 GiB (19 %)");
  assert.equal(
    statusMessage({ ...view, progress: { ...progress, done: 0, total: null } }),
    "Looking for VisualPRM-8B on the model hub.",
  );
});

test("progress is a part, or unknown", () => {
  assert.equal(progressFraction({ done: 3, total: 12 }), 0.25);
  assert.equal(progressFraction({ done: 0, total: null }), null);
  assert.equal(progressFraction(null), null);
});

test("a choice says whether it fits, or why it is refused", () => {
  const model = { name: "m", needs: { none: 16 * 2 ** 30 }, fits: ["none", "8bit", "4bit"], refusal: null };
  Object.assign(model, { path: "fast", uses: ["policy", "judge"] });
  assert.equal(modelOptionText(model), "m · writes or judges steps · 16.0 GiB");
  assert.equal(modelOptionText({ ...model, fits: ["4bit"] }), "m · writes or judges steps · 16.0 GiB · fits as 4bit");
  assert.equal(
    modelOptionText({ ...model, fits: [], path: "generic", uses: ["orm"] }),
    "m · scores solutions · 16.0 GiB · does not fit · generic path, slower",
  );
  assert.equal(modelOptionText({ ...model, refusal: "It has no tokenizer." }), "m · refused: It has no tokenizer.");
});

test("a pair says whether it fits together, with what the models before give back", () => {
  const [policy, prm] = [16, 6].map((size) => ({ source: String(size), needs: { none: size * 2 ** 30 } }));
  assert.equal(pairText([policy, prm], 20 * 2 ** 30, 4 * 2 ** 30), "Together 22.0 GiB of 24.0 GiB: both fit.");
  assert.match(pairText([policy, prm], 20 * 2 ** 30, 0), /^Together 22\.0 GiB of 20\.0 GiB: too much for both/);
  assert.equal(pairText([policy], 20 * 2 ** 30, 0), "");
  assert.equal(pairText([policy, prm], null, 0), "");
});
