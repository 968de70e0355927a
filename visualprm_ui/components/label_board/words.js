// Every sentence that depends on the state, in one place. Pure.

export const LABEL_WORDS = new Map([[1, "Correct"], [0, "Neutral"], [-1, "Wrong"]]);

export const SKIP_WORDS = {
  not_understood: "I do not understand it",
  bad_problem: "The problem is faulty",
  bad_step_split: "The steps are badly split",
  unreadable_image: "The image is unreadable",
  wrong_reference: "The reference answer is wrong",
};

/** "1 change", "2 changes". */
export function count(n, noun) {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** The save state: {text, icon, tone: quiet | bad}. */
export function saveState({ kind, waiting, volatile }) {
  // A reload would lose what is only in memory: that outranks everything else.
  if (volatile) {
    return { text: `Browser storage is full or blocked – keep this tab open: ${count(waiting, "change")} not saved yet`, icon: "warning", tone: "bad" };
  }
  const kept = `${count(waiting, "change")} kept on this device`;
  switch (kind) {
    case "saving":
      return { text: "Saving…", icon: "cloud", tone: "quiet" };
    case "offline":
      return { text: `Offline – ${kept}`, icon: "warning", tone: "bad" };
    case "server":
      return { text: `Server trouble – ${kept}`, icon: "warning", tone: "bad" };
    case "signed_out":
      return { text: `Signed out – sign in to save, ${kept}`, icon: "warning", tone: "bad" };
    default:
      return { text: "All changes saved", icon: "cloud", tone: "quiet" };
  }
}

/** What the main button says and whether it does anything: {text, short, ready}. */
export function submitWords(item, hasNext = true) {
  const { draft } = item;
  if (item.total === 0) return { text: "No steps to label: skip it", short: "No steps", ready: false };
  if (draft.submitted && !item.changed) return { text: hasNext ? "Next item" : "Finish", short: hasNext ? "Next" : "Finish", ready: true };
  if (!item.complete) return { text: `${item.labelled} of ${item.total} labelled`, short: `${item.labelled} of ${item.total} labelled`, ready: false };
  if (draft.revealed || item.reveal) return { text: "Submit changes", short: "Submit", ready: true };
  return { text: "Submit and next", short: "Submit", ready: true };
}

/** What undo took back. */
export function undoWords({ step, kind }) {
  if (kind === "label") return `Undid step ${step + 1}`;
  return { flag: "Undid the flag", note: "Undid the note", skip: "Item is no longer skipped" }[kind] ?? "Undone";
}

/** "Steps 2, 5 and 7 have no label yet." */
export function openWords(open) {
  const numbers = open.map((step) => step + 1);
  if (numbers.length === 1) return `Step ${numbers[0]} has no label yet`;
  const shown = numbers.length > 6 ? `${numbers.slice(0, 5).join(", ")} and ${numbers.length - 5} more` : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
  return `Steps ${shown} have no label yet`;
}

/** Which change a refusal is about, for people. */
export function refusalWords({ event, about, reason }) {
  const what = {
    label: `The label of step ${(event.step ?? 0) + 1}`,
    note: "The note",
    flag: "The flag",
    skip: "Skipping",
    submit: "The submission",
    reopen: "Reopening",
  }[event.type] ?? "A change";
  const where = about?.position === undefined ? "" : ` of item ${about.position + 1}`;
  return `${what}${where} was not accepted: ${reason}`;
}

/** How the reward model and the labels compare: "The reward model agrees on 5 of 7 labels", or null without anything to compare. */
export function agreementWords(marks) {
  const compared = marks.filter((mark) => mark !== null);
  if (compared.length === 0) return null;
  return `agrees with ${compared.filter(Boolean).length} of ${count(compared.length, "label")}`;
}
