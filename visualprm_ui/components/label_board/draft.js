// What one person has said of one task, and the rules by which events change it. The server applies the same rules, and
// storage/labelling/events.py says why they are as they are; tests/cases/draft_rules.json holds both to them. Steps are
// 0-based. Pure.

import { ERROR_TYPES, isLabel } from "../../assets/labels.js";

/** @import { ErrorType, SkipReason, StepDetail, StepLabel, TaskState } from "../../assets/api.d.ts" */

/**
 * @typedef {{ note: string, correction: string, errorType: ErrorType | null }} Detail what is said of a step besides
 *   its label
 * @typedef {object} Draft
 * @property {StepLabel[]} labels one a step
 * @property {Detail[]} details one a step
 * @property {number | null} firstError the step that the person chose as the first wrong one
 * @property {boolean} flagged
 * @property {string} note
 * @property {SkipReason | null} skipReason
 * @property {boolean} submitted
 * @property {boolean} revealed
 * @property {Record<string, number>} times when the values were given, by field, in milliseconds of the client's clock;
 *   not there for
 *   what the server sent
 */

/**
 * An event as it may come from another tab or an older version: fields of unknown types are allowed. One without `ts`
 * is newer than all.
 * @typedef {{ type: string, ts?: number, step?: unknown, value?: unknown, text?: string | null, flagged?: boolean |
 *   null,
 *   reason?: SkipReason | null, error_type?: unknown }} DraftEvent
 */

const MAX_TEXT = 10_000; // characters; the server refuses more
const SUBMITTED = "submitted";

/** @type {Readonly<Detail>} */
export const NO_DETAIL = { note: "", correction: "", errorType: null };

/**
 * Returns the draft of a task as the server sent it.
 * @param {Partial<TaskState> & { steps: string[] }} task
 * @returns {Draft}
 */
export function taskDraft(task) {
  const labels = task.steps.map((_, step) => labelOrNull(task.labels?.[step]));
  const details = task.steps.map((_, step) => stepDetail(task.details?.[step]));
  const { flagged = false, note = "", submitted = false, revealed = false } = task;
  const { skip_reason: skipReason = null, first_error: firstError = null } = task;
  return { labels, details, firstError, flagged, note, skipReason, submitted, revealed, times: {} };
}

/**
 * @param {unknown} value
 * @returns {StepLabel}
 */
function labelOrNull(value) {
  return isLabel(value) ? value : null;
}

/**
 * @param {Partial<StepDetail> | null | undefined} stored
 * @returns {Detail}
 */
function stepDetail(stored) {
  if (!stored) return NO_DETAIL;
  const { note = "", correction = "", error_type: errorType } = stored;
  return { note, correction, errorType: errorTypeOrNull(errorType) };
}

/**
 * @param {unknown} value
 * @returns {ErrorType | null}
 */
function errorTypeOrNull(value) {
  return ERROR_TYPES.find((type) => type === value) ?? null;
}

/**
 * Returns the draft after an event. Events that the server would reject, and unknown ones, change nothing.
 * @param {Draft} draft
 * @param {DraftEvent} event
 * @returns {Draft}
 */
export function applyEvent(draft, event) {
  switch (event.type) {
    case "label":
      return withLabel(draft, event, labelOrNull(event.value));
    case "clear":
      return withLabel(draft, event, null);
    case "step_note":
      return withDetail(draft, event, { note: event.text ?? "" });
    case "correction":
      return withDetail(draft, event, { correction: event.text ?? "" });
    case "error_type":
      return withDetail(draft, event, { errorType: errorTypeOrNull(event.error_type) });
    case "first_error":
      return withFirstError(draft, event);
    case "note":
      return (event.text ?? "").length > MAX_TEXT
        ? draft
        : withValue(draft, "note", event.ts, { note: event.text ?? "" });
    case "flag":
      return typeof event.flagged === "boolean"
        ? withValue(draft, "flag", event.ts, { flagged: event.flagged })
        : draft;
    case "skip":
      return event.reason ? finished(draft, event.reason, event.ts) : draft;
    case "submit":
      return draft.labels.includes(null) ? draft : finished(draft, null, event.ts);
    case "reopen":
      return { ...draft, skipReason: null, submitted: false };
    default:
      return draft;
  }
}

/**
 * Returns the draft of a task after events that the server may not have seen, oldest first.
 * @param {Partial<TaskState> & { steps: string[] }} task
 * @param {DraftEvent[]} events
 * @returns {Draft}
 */
export function applyEvents(task, events) {
  return events.reduce(applyEvent, taskDraft(task));
}

/**
 * Whether two drafts say the same, whenever it was said.
 * @param {Draft} one
 * @param {Draft} other
 */
export function isSameDraft(one, other) {
  return JSON.stringify({ ...one, times: null }) === JSON.stringify({ ...other, times: null });
}

/**
 * @param {Draft} draft
 * @param {unknown} step
 * @returns {step is number}
 */
function isStepOf(draft, step) {
  return typeof step === "number" && step in draft.labels;
}

/**
 * @param {Draft} draft
 * @param {DraftEvent} event
 * @param {StepLabel} label
 */
function withLabel(draft, { step, ts }, label) {
  if (!isStepOf(draft, step)) return draft;
  return withValue(draft, String(step), ts, { labels: draft.labels.with(step, label) });
}

/**
 * @param {Draft} draft
 * @param {DraftEvent} event
 * @param {Partial<Detail>} change
 */
function withDetail(draft, { type, step, text, ts }, change) {
  if (!isStepOf(draft, step) || (text ?? "").length > MAX_TEXT) return draft;
  const detail = { ...draft.details[step], ...change };
  const isEmpty = detail.note === "" && detail.correction === "" && detail.errorType === null;
  return withValue(draft, `${step}.${type}`, ts, { details: draft.details.with(step, isEmpty ? NO_DETAIL : detail) });
}

/**
 * @param {Draft} draft
 * @param {DraftEvent} event
 */
function withFirstError(draft, { step, ts }) {
  const chosen = step ?? null;
  if (chosen !== null && !isStepOf(draft, chosen)) return draft;
  return withValue(draft, "first_error", ts, { firstError: chosen });
}

/**
 * Sets a value, unless one with a later client time is known already. A change made after the submission reopens the
 * task.
 * @param {Draft} draft
 * @param {string} field the key of its time
 * @param {number | undefined} ts
 * @param {Partial<Draft>} change
 * @returns {Draft}
 */
function withValue(draft, field, ts, change) {
  const at = ts ?? Number.POSITIVE_INFINITY;
  if (at < (draft.times[field] ?? at)) return draft;
  const times = ts === undefined ? draft.times : { ...draft.times, [field]: ts };
  const changed = { ...draft, ...change, times };
  if (isSameAnnotation(draft, changed)) return { ...draft, times };
  const isMadeAfter = at > (draft.times[SUBMITTED] ?? at);
  const isIncomplete = changed.skipReason === null && changed.labels.includes(null);
  if (draft.submitted && (isMadeAfter || isIncomplete)) return { ...changed, skipReason: null, submitted: false };
  return changed;
}

/**
 * Whether two drafts would make the same annotation: a skipped one has no first error.
 * @param {Draft} one
 * @param {Draft} other
 */
function isSameAnnotation(one, other) {
  const content = (/** @type {Draft} */ draft) => ({
    ...draft,
    firstError: draft.skipReason === null ? draft.firstError : null,
  });
  return isSameDraft(content(one), content(other));
}

/**
 * @param {Draft} draft
 * @param {SkipReason | null} skipReason
 * @param {number | undefined} ts
 * @returns {Draft}
 */
function finished(draft, skipReason, ts) {
  const times = ts === undefined ? draft.times : { ...draft.times, [SUBMITTED]: ts };
  return { ...draft, skipReason, submitted: true, times };
}
