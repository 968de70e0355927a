// Every sentence that depends on the state, in one place. Pure.

import { SKIP_REASON_TEXTS } from "../../assets/labels.js";
import { plural } from "../../assets/plural.js";

/** The save state: {text, short (for a phone), icon, tone: quiet | bad}. */
export function saveStateMessage({ kind, waiting, volatile, orphans = 0 }) {
  // A reload would lose what is only in memory: that outranks everything else.
  if (volatile) {
    const text = `Browser storage is full or blocked – keep this tab open: ${plural(waiting, "change")} not saved yet`;
    return { text, short: text, icon: "warning", tone: "bad" };
  }
  const bad = (text) => ({ text, short: text, icon: "warning", tone: "bad" });
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
      return bad(`This browser is another guest by now – ${kept}`);
    default:
      if (orphans > 0)
        return bad(
          `${plural(orphans, "change")} made as another guest ${orphans === 1 ? "is" : "are"} kept in this browser and ${orphans === 1 ? "was" : "were"} not sent`,
        );
      return { text: "All changes saved", short: "Saved", icon: "cloud", tone: "quiet" };
  }
}

/** Why no item is on screen while the server is away. */
export function offlineMessage({ waiting }) {
  const kept =
    waiting === 0
      ? ""
      : ` ${plural(waiting, "change")} ${waiting === 1 ? "is" : "are"} kept on this device until then.`;
  return `Offline: the next item cannot be fetched. It comes by itself when the server is back.${kept}`;
}

/** What the main button says and whether it does anything: {text, short, ready}. */
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
  return { text: "Submit and next", short: "Submit", ready: true };
}

/** What undo took back. */
export function undoMessage({ step, kind }) {
  if (kind === "label") return `Undid step ${step + 1}`;
  const ofStep = {
    error_type: "the type of error",
    first_error: "the first error",
    correction: "the correction",
    step_note: "the remark",
  }[kind];
  if (ofStep) return `Undid ${ofStep} of step ${step + 1}`;
  return { flag: "Undid the flag", note: "Undid the note", skip: "Item is no longer skipped" }[kind] ?? "Undone";
}

/** "Steps 2, 5 and 7 have no label yet." */
export function unlabelledMessage(open) {
  const numbers = open.map((step) => step + 1);
  if (numbers.length === 1) return `Step ${numbers[0]} has no label yet`;
  const shown =
    numbers.length > 6
      ? `${numbers.slice(0, 5).join(", ")} and ${numbers.length - 5} more`
      : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
  return `Steps ${shown} have no label yet`;
}

/** Which change a refusal is about, for people. */
export function refusalMessage({ event, about, reason }) {
  const what =
    {
      label: `The label of step ${(event.step ?? 0) + 1}`,
      error_type: `The type of error of step ${(event.step ?? 0) + 1}`,
      correction: `The correction of step ${(event.step ?? 0) + 1}`,
      step_note: `The remark on step ${(event.step ?? 0) + 1}`,
      first_error: "The first error",
      note: "The note",
      flag: "The flag",
      skip: "Skipping",
      submit: "The submission",
      reopen: "Reopening",
    }[event.type] ?? "A change";
  const where = about?.position === undefined ? "" : ` of item ${about.position + 1}`;
  return `${what}${where} was not accepted: ${reason}`;
}

/** That others came first to the items at some 0-based positions, whose labels were handed in all the same. */
export function takenOverMessage(positions) {
  const which = positions.length === 1 ? `item ${positions[0] + 1}` : `${positions.length} items`;
  return `Your time for ${which} had run out, and others have taken ${positions.length === 1 ? "it" : "them"} over. Your labels are kept as well.`;
}

/** The line beside the heading: what became of the item, how far the reward model agrees (`marks`: true, false or null a step), or what is asked. */
export function hintText(item, marks) {
  if (item.task.returned && !item.draft.submitted) return `Sent back by the reviewer: ${item.task.returned}`;
  if (item.draft.skipReason !== null)
    return `You skipped this item (${SKIP_REASON_TEXTS[item.draft.skipReason] ?? item.draft.skipReason}). Label it to take it up again.`;
  if (item.task.taken_over && !item.draft.submitted)
    return "Your time for this item ran out, and others have taken it over. You may still label and submit it.";
  if (item.shownReveal) {
    const { scores, reward_model: name } = item.shownReveal;
    if (!name || !(scores ?? []).some((score) => score !== null)) return "No reward model has scored this solution.";
    const compared = marks.filter((mark) => mark !== null);
    const agrees = `agrees with ${compared.filter(Boolean).length} of ${plural(compared.length, "label")}`;
    return `${name} ${compared.length > 0 ? agrees : "has scored this solution"} (a score of 0.5 or more counts as correct).`;
  }
  if (item.draft.submitted) return "Submitted. You can still change labels and submit again.";
  return "Judge every step on its own, given the image and the steps before it.";
}
