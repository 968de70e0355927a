import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnText, itemsText } from "../../../../visualprm_ui/components/admin_board/fill_gold.js";

test("how many items have known labels", () => {
  assert.equal(itemsText({ quiz: 0, gold: 0 }), "The project has none yet.");
  assert.equal(itemsText({ quiz: 1, gold: 0 }), "The project has 1 quiz item.");
  assert.equal(itemsText({ quiz: 10, gold: 2 }), "The project has 10 quiz items and 2 hidden gold items.");
});

test("fewer than asked for is explained", () => {
  assert.equal(drawnText("quiz", 10, 10), "10 quiz items added.");
  assert.equal(
    drawnText("gold", 1, 10),
    "1 hidden gold item added. No other solution is free and has a known label for every step.",
  );
});
