// What an archive holds, and what its format cannot hold, before it is downloaded.

import { el } from "../../assets/dom.js";
import { leftOutText } from "../dataset_board/nano_benchmark.js";
import { counted } from "../transfer_panel/job_text.js";
import { part } from "../transfer_panel/modal.js";

/** @import { ExportReport } from "../../assets/api.d.ts" */

/** @param {ExportReport} report */
export function reportPart(report) {
  const notes = notesOf(report);
  return part(
    "What will be exported",
    el(
      "dl",
      { class: "vp-transfer-figures" },
      ...figuresOf(report).map(([count, words]) =>
        el("div", {}, el("dd", { class: "vp-num", text: count.toLocaleString("en") }), el("dt", { text: words })),
      ),
    ),
    el("ul", { class: "vp-export-notes" }, ...notes.map((text) => el("li", { text }))),
    report.sample ? el("pre", { class: "vp-export-sample", dir: "auto", text: report.sample, tabindex: "0" }) : null,
  );
}

/**
 * The figures of an archive, as [number, words]; those that its format does not have are left out.
 * @param {ExportReport} report
 * @returns {[number, string][]}
 */
export function figuresOf({ rows, images, steps, disputed, skipped, sent_back: sentBack }) {
  /** @type {[number | null, string][]} */
  const found = [
    [rows, rows === 1 ? "row" : "rows"],
    [images, images === 1 ? "picture" : "pictures"],
    [steps, steps === 1 ? "labelled step" : "labelled steps"],
    [disputed || null, "disputed: the newest label counts"],
    [skipped || null, "left out: not every step has a label"],
    [sentBack || null, "left out: sent back to be labelled again"],
  ];
  return /** @type {[number, string][]} */ (found.filter(([count]) => count !== null));
}

/**
 * What there is to know of an archive, in sentences.
 * @param {ExportReport} report
 */
export function notesOf(report) {
  const notes = [`Neutral steps: ${report.neutral_policy}.`];
  for (const [what, count] of Object.entries(report.cannot_hold ?? {}))
    notes.push(`This format cannot hold ${what}: ${counted(count, "solution")}.`);
  notes.push(...maskNotes(report));
  const whose = Object.entries(report.labels_by ?? {}).map(([name, count]) => `${name} ${count}`);
  if (whose.length) notes.push(`Rows by whose labels they have: ${whose.join(", ")}.`);
  if (report.equal)
    notes.push(`${counted(report.equal, "solution")} left out: word for word the same as another one of the run.`);
  const left = leftOutText(report.benchmark_left_out ?? 0, "row");
  if (left) notes.push(left);
  notes.push(`Never in this format: ${report.left_out.join(", ")}.`);
  return notes;
}

/**
 * What masks kept and left out; nothing without masks.
 * @param {Pick<ExportReport, "masked" | "rows" | "correct" | "neutral" | "wrong">} report
 */
function maskNotes({ masked, rows, correct, neutral, wrong }) {
  const left = Object.entries(masked ?? {});
  if (left.length === 0) return [];
  const kept = (correct ?? 0) + (neutral ?? 0) + (wrong ?? 0);
  return [
    `Kept: ${counted(kept, "labelled step")} of ${counted(rows, "solution")}.`,
    ...left.map(([what, count]) => `Left out: ${count.toLocaleString("en")} ${what}.`),
  ];
}

/**
 * "24 MB".
 * @param {number} bytes
 */
export function sizeText(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
