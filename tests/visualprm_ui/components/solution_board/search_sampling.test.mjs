import assert from "node:assert/strict";
import test from "node:test";
import { independentRequest } from "../../../../visualprm_ui/components/solution_board/search_sampling.js";

test("the same is asked, for as many solutions as a step has tries", () => {
  const sampling = { n: 2, temperature: 0.7, seed: 3, stop: [] };
  const view = { search: { width: 2, expansions: 4 }, question: "?", reference: "5", images: ["a"], sampling };
  assert.deepEqual(independentRequest(view), {
    question: "?",
    answer: "5",
    images: ["a"],
    sampling: { ...sampling, n: 8 },
  });
});
