// What an archive holds, and what its format cannot hold, before it is downloaded.

import { el } from "../../assets/dom.js";
import { counted } from "../transfer_panel/job_text.js";
import { part } from "../transfer_panel/modal.js";

/** @import { ExportReport } from "../../assets/api.d.ts" */

/** @param {ExportReport} report */
export function reportPart(report) {
  const notes = notesOf(report);
  return part(
    "What goes out",
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
    [disputed || null, "disputed, newest taken"],
    [skipped || null, "stay: not all of their steps are labelled"],
    [sentBack || null, "stay: sent back"],
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
    notes.push(`No place for ${what}: ${counted(count, "solution")}.`);
  const whose = Object.entries(report.labels_by ?? {}).map(([name, count]) => `${name} ${count}`);
  if (whose.length) notes.push(`Labels by: ${whose.join(", ")}.`);
  if (report.equal)
    notes.push(`${counted(report.equal, "further solution")} of runs, word for word a row’s, have no row.`);
  notes.push(`Never in this format: ${report.left_out.join(", ")}.`);
  return notes;
}

/**
 * "24 MB".
 * @param {number} bytes
 */
export function sizeText(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
