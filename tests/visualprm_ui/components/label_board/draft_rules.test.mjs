// The browser's half of the rules of a draft; test_draft_rules.py holds the server to the same cases.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { applyEvent, NO_DETAIL, taskDraft } from "../../../../visualprm_ui/components/label_board/draft.js";

const { cases } = JSON.parse(readFileSync(new URL("../../../cases/draft_rules.json", import.meta.url), "utf8"));

const asEvent = ({ text_length: length, ...event }) =>
  length === undefined ? event : { ...event, text: "x".repeat(length) };

function asFields({ labels, details, firstError, flagged, note, skipReason, submitted }) {
  return {
    labels,
    details: details.map((detail) =>
      detail === NO_DETAIL ? null : { note: detail.note, correction: detail.correction, error_type: detail.errorType },
    ),
    first_error: firstError,
    flagged,
    note,
    skip_reason: skipReason,
    submitted,
  };
}

function expected({ steps, draft: { note_length: length, ...draft } }) {
  const empty = Array(steps).fill(null);
  const untouched = {
    labels: empty,
    details: empty,
    first_error: null,
    flagged: false,
    skip_reason: null,
    submitted: false,
  };
  return { ...untouched, note: "x".repeat(length ?? 0), ...draft };
}

for (const each of cases.filter(({ side }) => side !== "server")) {
  test(each.name, () => {
    const steps = Array(each.steps).fill("a step");
    let draft = taskDraft({ labels: [], ...each.start, steps });
    for (const [index, event] of each.events.entries()) {
      const after = applyEvent(draft, asEvent(event));
      if (each.rejected?.includes(index)) assert.equal(after, draft, `event ${index} changes nothing`);
      draft = after;
    }
    assert.deepEqual(asFields(draft), expected(each));
  });
}

test("the cases are read", () => {
  assert.ok(cases.length >= 25);
});
