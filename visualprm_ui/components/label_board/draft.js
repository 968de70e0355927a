// One item in hand: the task as the server knows it, the person's changes on top, and the way back (undo). Pure: changes go out through
// `emit`, nothing is drawn or sent here. Steps are 0-based; a label is 1 (correct), 0 (neutral), -1 (wrong) or null (not labelled).

import { ERROR_TYPES, LABELS } from "../../assets/labels.js";

/** What can be said of a step besides its label. */
export const NO_DETAIL = { note: "", correction: "", errorType: null };

/** What can change about a task, as the server sent it. */
export function taskDraft(task) {
  const labels = task.steps.map((_, step) => (LABELS.includes(task.labels[step]) ? task.labels[step] : null));
  const details = task.steps.map((_, step) => detailOf(task.details?.[step]));
  const {
    flagged = false,
    note = "",
    skip_reason: skipReason = null,
    submitted = false,
    revealed = false,
    first_error: firstError = null,
  } = task;
  return { labels, details, firstError, flagged, note, skipReason, submitted, revealed };
}

function detailOf(stored) {
  if (!stored) return NO_DETAIL;
  const { note = "", correction = "", error_type: errorType = null } = stored;
  return { note, correction, errorType: ERROR_TYPES.includes(errorType) ? errorType : null };
}

function withDetail(draft, step, change) {
  return step in draft.details
    ? { ...draft, details: draft.details.with(step, { ...draft.details[step], ...change }) }
    : draft;
}

/** The draft after an event; the same rules as the server's, so that both agree without asking. */
export function applyEvent(draft, event) {
  switch (event.type) {
    case "label": {
      if (!(event.step in draft.labels)) return draft;
      return { ...draft, labels: draft.labels.with(event.step, LABELS.includes(event.value) ? event.value : null) };
    }
    case "step_note":
      return withDetail(draft, event.step, { note: event.text });
    case "correction":
      return withDetail(draft, event.step, { correction: event.text });
    case "error_type":
      return withDetail(draft, event.step, {
        errorType: ERROR_TYPES.includes(event.error_type) ? event.error_type : null,
      });
    case "first_error":
      return { ...draft, firstError: event.step ?? null };
    case "note":
      return { ...draft, note: event.text };
    case "flag":
      return { ...draft, flagged: event.flagged };
    case "skip":
      return { ...draft, skipReason: event.reason, submitted: true };
    case "submit":
      return { ...draft, skipReason: null, submitted: true };
    case "reopen":
      return { ...draft, skipReason: null, submitted: false };
    default:
      return draft;
  }
}

/** The draft of a task with unsent events on top, oldest first. */
export function applyEvents(task, events) {
  return events.reduce(applyEvent, taskDraft(task));
}
