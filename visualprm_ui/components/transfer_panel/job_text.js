// What is said of an import or an export: how far it is, what would come of a file, what came of it. Pure.

import { whyLeftOut } from "../dataset_board/left_out.js";

/** @import { ImportReport, Job } from "../../assets/api.d.ts" */

const NUMBER = new Intl.NumberFormat("en");

/**
 * "1,019 problems".
 * @param {number} count
 * @param {string} noun in the singular
 */
export function counted(count, noun) {
  return `${NUMBER.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * A time as people say it: "14 s", "3 min", "2 h 5 min".
 * @param {number} seconds
 */
export function inWords(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * Whether the server works on a job, or is about to.
 * @param {Pick<Job, "state">} job
 */
export function isUnfinished({ state }) {
  return state === "waiting" || state === "running";
}

/**
 * How far a job is.
 * @param {Pick<Job, "state" | "rows" | "share" | "seconds_left">} job
 * @param {string} [noun] of what its rows are
 */
export function progressText({ state, rows, share, seconds_left: left }, noun = "row") {
  if (state === "waiting") return "Waits for its turn";
  const part = share === null ? "" : `, ${Math.round(100 * share)} %`;
  const time = left === null ? "" : `, about ${inWords(left)} left`;
  return `${counted(rows, noun)}${part}${time}`;
}

/**
 * The figures of a report, as [number, words].
 * @param {ImportReport} report
 * @returns {[number, string][]}
 */
export function figures(report) {
  const { added, unchanged, problems, solutions, errors, conflicting, pictures, missing_pictures: missing } = report;
  const will = report.dry_run;
  const labelled = Object.values(report.sources).reduce(
    (sum, each) => sum + each.correct + each.wrong,
    report.neutral ?? 0,
  );
  /** @type {[number, string][]} */
  const found = [
    [added, `${one(added, "row")} ${will ? (added === 1 ? "comes" : "come") : "came"} in`],
    [unchanged, will ? "are here already, unchanged" : "were here already, unchanged"],
    [errors, `${one(errors, "line")} ${will ? (errors === 1 ? "is" : "are") : errors === 1 ? "was" : "were"} left out`],
  ];
  if (solutions) found.push([solutions, `different ${one(solutions, "solution")}`]);
  if (problems) found.push([problems, `${one(problems, "problem")} without a solution`]);
  if (labelled) found.push([labelled, `labelled ${one(labelled, "step")}`]);
  if (pictures) found.push([pictures, `${one(pictures, "picture")} found`]);
  if (missing) found.push([missing, `${one(missing, "picture")} not found`]);
  if (conflicting) found.push([conflicting, "contradict an earlier line of the same solution"]);
  return found;
}

/**
 * What came of an import, in a sentence.
 * @param {ImportReport} report
 */
export function doneText(report) {
  const { added, unchanged, errors, queued, total, sampling_refused: refused } = report;
  const left = errors ? `, ${counted(errors, "line")} left out` : "";
  const why = whyLeftOut({ present: report.present ?? 0, equal: 0, unusable: report.unusable ?? 0, benchmark: 0 });
  const joined = queued === null ? "" : `${counted(queued, "solution")} joined the queue, which has ${total} now.`;
  const queue = [joined, why].map((each) => each && ` ${each}`).join("");
  const none = refused
    ? ` No solutions are written for the problems: ${refused} You can have them written later with ` +
      "Score / Sample / Label."
    : "";
  const known = unchanged ? `, ${unchanged} ${unchanged === 1 ? "was" : "were"} here already` : "";
  return `${counted(added, "row")} came in${known}${left}.${queue}${none}`;
}

/**
 * What the button that imports says.
 * @param {ImportReport | null} report
 */
export function importText(report) {
  if (report === null || report.added === 0) return "Import";
  const { added, problems, solutions } = report;
  const noun = solutions && !problems ? "solution" : problems && !solutions ? "problem" : "row";
  return `Import ${counted(added, noun)}`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
function one(count, noun) {
  return count === 1 ? noun : `${noun}s`;
}
