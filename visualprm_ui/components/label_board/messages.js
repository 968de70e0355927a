// Every sentence that depends on the state, in one place. Pure.

import { skipReasonPhrase } from "../../assets/labels.js";
import { plural } from "../../assets/plural.js";
import { THRESHOLD } from "../../assets/prediction.js";

/** @import { Item, Undone } from "./item.js" */

/** @import { IconName } from "../../assets/icons.js" */

/** @import { OutboxState } from "../../assets/outbox.js" */

/**
 * Returns the save state in words; `short` is for a phone.
 * @param {Pick<OutboxState, "kind" | "waiting" | "volatile"> & { orphans?: number }} state
 * @returns {{ text: string, short: string, icon: IconName, tone: "quiet" | "bad" }}
 */
export function saveStateMessage({ kind, waiting, volatile, orphans = 0 }) {
  // A reload would lose what is only in memory: that outranks everything else.
  if (volatile) {
    return bad(`Browser storage is full or blocked – keep this tab open: ${plural(waiting, "change")} not saved yet`);
  }
  const kept = `${plural(waiting, "change")} kept on this device`;
  switch (kind) {
    case "saving":
      return { text: "Saving…", short: "Saving…", icon: "cloud", tone: "quiet" };
    case "offline":
      return bad(`Offline – ${kept}`);
    case "server":
      return bad(`Server trouble – ${kept}`);
    case "signed_out":
      return bad(`Signed out – ${kept}`);
    case "no_cookie":
      return bad(`This browser keeps no cookie – ${kept}`);
    case "other_guest":
      return bad(`This browser now belongs to another guest – ${kept}`);
    default:
      if (orphans > 0) return bad(orphansMessage(orphans));
      return { text: "All changes saved", short: "Saved", icon: "cloud", tone: "quiet" };
  }
}

/**
 * @param {string} text
 * @returns {ReturnType<typeof saveStateMessage>}
 */
function bad(text) {
  return { text, short: text, icon: "warning", tone: "bad" };
}

/** @param {number} count */
function orphansMessage(count) {
  const [is, was] = count === 1 ? ["is", "was"] : ["are", "were"];
  return `${plural(count, "change")} made as another guest ${is} kept in this browser and ${was} not sent`;
}

/**
 * Says why no item is on screen while the server cannot be reached.
 * @param {{ waiting: number }} state
 */
export function offlineMessage({ waiting }) {
  const kept =
    waiting === 0
      ? ""
      : ` ${plural(waiting, "change")} ${waiting === 1 ? "is" : "are"} kept on this device until then.`;
  return `Offline: the next item cannot be loaded. It will appear once the server is back.${kept}`;
}

/**
 * Returns what the main button says and whether it does anything; `short` is for a phone.
 * @param {Item} item
 * @returns {{ text: string, short: string, ready: boolean }}
 */
export function submitButton(item) {
  const { draft } = item;
  if (item.total === 0) return { text: "No steps to label: skip it", short: "No steps", ready: false };
  if (item.takenOverUntouched || (draft.submitted && !item.changed))
    return { text: "Next item", short: "Next", ready: true };
  if (!item.isComplete)
    return {
      text: `${item.labelledCount} of ${item.total} labelled`,
      short: `${item.labelledCount} of ${item.total} labelled`,
      ready: false,
    };
  if (item.task.options?.blind !== false && (draft.revealed || item.reveal))
    return { text: "Submit changes", short: "Submit", ready: true };
  return { text: "Submit and continue", short: "Submit", ready: true };
}

/**
 * What undo took back.
 * @param {Undone} undone
 */
export function undoMessage({ step, kind }) {
  const number = (step ?? 0) + 1;
  switch (kind) {
    case "label":
      return `Undid step ${number}`;
    case "error_type":
      return `Undid the type of error of step ${number}`;
    case "first_error":
      return `Undid the first error of step ${number}`;
    case "correction":
      return `Undid the correction of step ${number}`;
    case "step_note":
      return `Undid the remark of step ${number}`;
    case "flag":
      return "Undid the flag";
    case "note":
      return "Undid the note";
    case "skip":
      return "Item is no longer skipped";
    default:
      return "Undone";
  }
}

export const PASSED = "You passed the entry quiz. What you label from here on counts.";

/**
 * Returns how much of the quiz that an item is of must be right: "Entry quiz, 80 % to pass".
 * @param {number | null} share in (0, 1]; null: nothing is asked for any more
 */
export function passMark(share) {
  return share === null ? "Entry quiz" : `Entry quiz, ${Number((100 * share).toPrecision(6))} % to pass`;
}

/**
 * "Steps 2, 5 and 7 have no label yet."
 * @param {number[]} open 0-based steps without a label, at least one
 */
export function unlabelledMessage(open) {
  const numbers = open.map((step) => step + 1);
  if (numbers.length === 1) return `Step ${numbers[0]} has no label yet`;
  const shown =
    numbers.length > 6
      ? `${numbers.slice(0, 5).join(", ")} and ${numbers.length - 5} more`
      : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
  return `Steps ${shown} have no label yet`;
}

/**
 * Says which change was refused and why.
 * @param {{ event: { type: string, step?: number | null }, about?: { position: number } | null, reason: string }}
 *   refusal
 */
export function refusalMessage({ event, about, reason }) {
  const number = (event.step ?? 0) + 1;
  /** @type {Record<string, string>} */
  const names = {
    label: `The label of step ${number}`,
    error_type: `The type of error of step ${number}`,
    correction: `The correction of step ${number}`,
    step_note: `The remark on step ${number}`,
    first_error: "The first error",
    note: "The note",
    flag: "The flag",
    skip: "Skipping",
    submit: "The submission",
    reopen: "Reopening",
  };
  const what = names[event.type] ?? "A change";
  const where = about?.position === undefined ? "" : ` of item ${about.position + 1}`;
  return `${what}${where} was not accepted: ${reason}`;
}

/**
 * Says that an item was deleted, and what is lost with it.
 * @param {number} changes to it that were not accepted
 * @param {number} [position] 0-based, when they were made
 */
export function goneMessage(changes, position) {
  const which = position === undefined ? "An item" : `Item ${position + 1}`;
  return `${which} was deleted. ${plural(changes, "change")} to it ${changes === 1 ? "is" : "are"} not kept.`;
}

/**
 * Says that others had finished the items at some 0-based positions, whose labels were submitted all the same.
 * @param {{ position: number }[]} items
 */
export function takenOverMessage(items) {
  const [which, them] =
    items.length === 1 ? [`item ${items[0].position + 1}`, "it"] : [`${items.length} items`, "them"];
  return `Your time for ${which} had run out, and others have taken ${them} over. Your labels are kept as well.`;
}

/**
 * Says that others have finished an item that was untouched here.
 * @param {number} position 0-based
 */
export function lostMessage(position) {
  return `Others have taken item ${position + 1} over: your time for it ran out.`;
}

/**
 * Returns the line beside the heading: what became of the item, how far the reward model agrees, or what to do.
 * @param {Item} item
 * @param {(boolean | null)[]} agreements whether label and score agree, one a step
 */
export function hintText(item, agreements) {
  if (item.task.returned && !item.draft.submitted) return `Sent back by the reviewer: ${item.task.returned}`;
  if (item.draft.skipReason !== null)
    return `You skipped this item (${skipReasonPhrase(item.draft.skipReason)}). Label it to undo that.`;
  if (item.task.taken_over && !item.draft.submitted)
    return "Your time for this item ran out, and others have taken it over. You may still label and submit it.";
  if (item.shownReveal) {
    const { scores, reward_model: name } = item.shownReveal;
    if (!name || !scores.some((score) => score !== null)) return "No reward model has scored this solution.";
    const compared = agreements.filter((agrees) => agrees !== null);
    const agrees = `agrees with ${compared.filter(Boolean).length} of ${plural(compared.length, "label")}`;
    const outcome = compared.length > 0 ? agrees : "has scored this solution";
    return `${name} ${outcome} (a score above ${THRESHOLD} counts as correct).`;
  }
  if (item.draft.submitted) return "Submitted. You can still change labels and submit again.";
  return "Judge every step on its own, given the image and the steps before it.";
}
