import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOptions, whoseOptions } from "../../../../visualprm_ui/components/export_panel/whose_labels.js";

const NOBODY = { people: [], files: [], policies: [], reward_models: [] };

test("labels that nobody has cannot be chosen, and the form says why", () => {
  const options = whoseOptions(NOBODY);
  assert.deepEqual(
    options.filter(({ disabled }) => disabled).map(({ value }) => value),
    ["person", "file", "monte_carlo"],
  );
  assert.match(options[4].text, /^Monte-Carlo labels.*: no policy has labelled anything yet$/);
  const [, , person, file, policy] = whoseOptions({ ...NOBODY, policies: [{ name: "p", solutions: 1 }] });
  assert.deepEqual([person.disabled, file.disabled, policy.disabled], [true, true, false]);
  assert.equal(policy.text, "Monte-Carlo labels, by one policy’s completions");
});

test("names are offered with what they have", () => {
  const found = [
    { name: "nano-policy", solutions: 1200 },
    { name: "other", solutions: 1 },
  ];
  assert.deepEqual(nameOptions(found), [
    ["nano-policy", "nano-policy (1,200 solutions)"],
    ["other", "other (1 solution)"],
  ]);
});
