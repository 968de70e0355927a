// What goes with a run, a problem or a picture, in sentences. Pure functions, no DOM.

import { plural } from "../../assets/plural.js";

/** @import { DeletionView } from "../../assets/api.d.ts" */

const MOST_QUEUES = 3; // queues named; more are counted

/**
 * "a", "a and b", "a, b and c".
 * @param {string[]} parts
 */
function list(parts) {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/**
 * The same, without what there is none of.
 * @param {[count: number, noun: string][]} counts
 */
function counted(counts) {
  return list(counts.filter(([count]) => count > 0).map(([count, noun]) => plural(count, noun)));
}

/**
 * Says what goes, people's work left out.
 * @param {DeletionView} view
 */
export function goesSentence(view) {
  const counts = counted([
    [view.kind === "picture" ? view.problems : 0, "problem"],
    [view.kind === "run" ? 0 : view.runs, "run"],
    [view.solutions, "solution"],
    [view.scorings, "scoring"],
    [view.file_rows, "row"],
    [view.rollout_labels, "Monte-Carlo measurement"],
    [view.kind === "picture" ? 0 : view.pictures, "picture"],
  ]).replace(/\brow(s?)\b/, "row$1 of files");
  return counts === "" ? `Nothing else hangs on this ${view.kind}.` : `With it go ${counts}.`;
}

/**
 * Says from which queues tasks go; "" where there are none.
 * @param {DeletionView} view
 */
export function tasksSentence({ tasks, queues }) {
  if (tasks === 0) return "";
  const each = (/** @type {{ title: string, tasks: number }} */ queue) =>
    queues.length === 1 ? `“${queue.title}”` : `“${queue.title}” (${queue.tasks})`;
  const named = queues.slice(0, MOST_QUEUES).map(each);
  const more = queues.length - named.length;
  const where = named.length === 0 ? "" : ` of ${list([...named, ...(more > 0 ? [plural(more, "other queue")] : [])])}`;
  return `${plural(tasks, "task")}${where} ${tasks === 1 ? "goes" : "go"}; those who work on ${
    tasks === 1 ? "it" : "them"
  } go on with the next.`;
}

/**
 * Says whose work goes; "" where nobody's does.
 * @param {DeletionView} view
 */
export function labelsSentence(view) {
  if (!view.has_labels) return "";
  const work = counted([
    [view.annotations, "annotation"],
    [view.drafts, "unfinished draft"],
    [view.decisions, "decision"],
    [view.verdicts, "verdict"],
    [view.known_labels, "gold or quiz task"],
  ]);
  const people = view.people === 1 ? "1 person" : `${view.people} people`;
  return `${plural(view.labels, "label")} of ${people} would be lost for good: ${work}.`;
}
