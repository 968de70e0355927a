// What the dock says of jobs of the loaded models, and what can be done with one that has ended.

import { el } from "../../assets/dom.js";
import { address, call } from "../../assets/rest.js";
import { dockJob } from "../transfer_panel/dock.js";
import { jobDone, jobProgress, titleOf } from "./job_words.js";

/** @import { ModelJob } from "../../assets/api.d.ts" */
/** @import { DockedKind } from "../transfer_panel/dock.js" */

/** @type {Record<string, string>} */
const AGAIN = { done: "Try again", ready: "Label all" };

/**
 * @param {() => void} [onDone]
 * @returns {DockedKind}
 */
export function modelJobKind(onDone) {
  return {
    path: "api/jobs",
    stopped: "Cancelled. What was done stays; Resume does the rest.",
    dismiss: "It stays under Score / Sample / Label, among the earlier jobs",
    icon: "star",
    title: titleOf,
    done: jobDone,
    progress: jobProgress,
    links: (job) => endedLinks(job, onDone),
    onDone,
  };
}

/**
 * What can be done with a job that has ended.
 * @param {ModelJob} job
 * @param {() => void} [onDone]
 * @returns {Node[]}
 */
export function endedLinks(job, onDone) {
  const links = [];
  if (job.state !== "done" || job.failed > 0) links.push(resumeButton(job, onDone));
  if (job.failed > 0) {
    const href = address(`api/jobs/${job.id}/failures`);
    links.push(el("a", { class: "vp-btn", href, download: true, text: `${job.failed} failed` }));
  }
  if (job.state === "done" && job.report?.queue && job.report.queue_total) {
    const href = address(`annotate?queue=${encodeURIComponent(job.report.queue)}`);
    links.push(el("a", { class: "vp-btn vp-btn-primary", href, text: "Label them" }));
  }
  return links;
}

/**
 * @param {ModelJob} job
 * @param {() => void} [onDone]
 */
function resumeButton({ id, state }, onDone) {
  const button = el("button", { type: "button", class: "vp-btn", text: AGAIN[state] ?? "Resume" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      /** @type {ModelJob} */
      const job = await call(`api/jobs/${encodeURIComponent(id)}/resume`, { method: "POST" });
      document.getElementById(`vp-job-${id}`)?.remove();
      dockJob(modelJobKind(onDone), job);
    } catch (error) {
      button.title = error instanceof Error ? error.message : "";
      button.disabled = false;
    }
  });
  return button;
}
