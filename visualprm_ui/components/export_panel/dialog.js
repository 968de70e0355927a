// The dialog that exports: format, which solutions, whose labels; the archive is made by the server, what it holds is
// said, and then it can be downloaded. Loaded when it is opened.

import { el, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText } from "../../assets/rest.js";
import { countBenchmark } from "../dataset_board/nano_benchmark.js";
import { dockJob } from "../transfer_panel/dock.js";
import { counted, isUnfinished, progressText } from "../transfer_panel/job_text.js";
import { errorLine, loadStyles, openModal } from "../transfer_panel/modal.js";
import { exportForm } from "./choices.js";
import { hubPushPart } from "./hub_push.js";
import { reportPart, sizeText } from "./report.js";

/** @import { Export, ExportNames, Format, ProjectList } from "../../assets/api.d.ts" */
/** @import { Offered } from "./choices.js" */
/** @import { DockedKind } from "../transfer_panel/dock.js" */

/** @typedef {{ formats: Format[], left_out: string[], store_options: string }} FormatList */

const POLL_MS = 300;

/** @type {DockedKind} what the dock says of exports */
export const EXPORT_KIND = {
  path: "api/exports",
  stopped: "Cancelled. Nothing was kept; start it again from the Export dialog.",
  icon: "download",
  title: ({ state, title }) => `${state === "done" ? "Exported" : "Exporting"} ${title}`,
  done: ({ report }) => `${counted(report.rows, "row")}. Neutral steps: ${report.neutral_policy}.`,
  links: (job) => [downloadLink(job)],
};

/**
 * Opens the dialog.
 * @param {readonly string[] | null} [solutions] the ids of those that were selected; null: all there are
 * @param {string} [project] whose solutions are exported, unless somebody chooses otherwise; "": any
 */
export async function openExport(solutions = null, project = "") {
  /** @type {[FormatList, ProjectList, ExportNames, number, void]} */
  const [{ formats, left_out: leftOut, store_options: storeOptions }, { projects }, names, benchmark] =
    await Promise.all([
      call("api/formats"),
      call("api/projects"),
      call("api/exports/names"),
      solutions === null ? countBenchmark() : 0, // what was selected is named
      loadStyles(),
    ]);
  const first = (/** @type {Format} */ each) => (each.name === "visualprocessbench" ? 0 : 1);
  const exported = formats.filter((each) => each.exports).sort((one, other) => first(one) - first(other));
  new ExportDialog({ formats: exported, leftOut, projects, storeOptions, names, benchmark, project }, solutions);
}

/** @param {Export} job */
function downloadLink({ id, report }) {
  return el(
    "a",
    { class: "vp-btn vp-btn-primary", href: address(`api/exports/${id}/file`), download: true },
    icon("download"),
    el("span", { text: `Download zip, ${sizeText(report?.bytes ?? 0)}` }),
  );
}

/** One dialog. */
class ExportDialog {
  /** @type {Export | null} */
  #job = null;
  #status = el("p", { class: "vp-status-line", role: "status" });
  #error = errorLine();
  #outcome = el("div", { class: "vp-export-outcome" });
  #command = el("code", { class: "vp-export-command", tabindex: "0", "aria-label": "The same on the command line" });
  #make = el("button", { type: "button", class: "vp-btn vp-btn-primary", text: "Prepare" });
  #links = el("span", { class: "vp-button-row" });
  /** @type {readonly string[] | null} */
  #solutions;

  /**
   * @param {Offered} offered
   * @param {readonly string[] | null} solutions
   */
  constructor(offered, solutions) {
    this.#solutions = solutions;
    this.form = exportForm(offered, () => this.#changed());
    const cancel = el("button", { type: "button", class: "vp-btn", text: "Cancel" });
    this.node = openModal({
      title: "Export",
      hint: solutions
        ? `of ${counted(solutions.length, "selected solution")} that match the choices below`
        : "you are told what a format cannot hold before you download",
      body: [this.form.node, this.#error.line, this.#outcome],
      foot: [this.#command, this.#status, cancel, this.#make, this.#links],
    });
    this.node.classList.add("vp-export");
    this.#changed();
    cancel.addEventListener("click", async () => {
      if (this.#job && isUnfinished(this.#job)) await call(`api/exports/${this.#job.id}/cancel`, { method: "POST" });
      this.#job = null;
      this.node.close();
    });
    this.#make.addEventListener("click", () => this.#prepare());
    this.node.addEventListener("close", () => {
      if (this.#job && isUnfinished(this.#job)) dockJob(EXPORT_KIND, this.#job); // it goes on, and is found there
    });
    this.node.querySelector("input")?.focus();
  }

  /** Something else is asked for: what was prepared is not it. */
  #changed() {
    if (!this.form) return; // it is being made
    setText(this.#command, this.form.command());
    show(this.#command, this.#solutions === null); // no option of the command line names single solutions
    this.#links.replaceChildren();
    this.#outcome.replaceChildren();
    this.#error.say("");
    show(this.#make, true);
  }

  #request() {
    const request = this.form.request();
    return this.#solutions === null ? request : { ...request, solutions: this.#solutions };
  }

  async #prepare() {
    this.#changed();
    this.#make.disabled = true;
    const wanted = JSON.stringify(this.#request());
    try {
      /** @type {Export} */
      let job = await call("api/exports", { method: "POST", body: this.#request() });
      this.#job = job;
      while (isUnfinished(job) && this.node.isConnected && this.#job) {
        setText(this.#status, progressText(job));
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        job = await call(`api/exports/${job.id}`);
        if (this.#job) this.#job = job;
      }
      setText(this.#status, "");
      if (wanted === JSON.stringify(this.#request())) this.#show(job);
    } catch (error) {
      setText(this.#status, "");
      this.#error.say(errorText(error));
    }
    this.#make.disabled = false;
  }

  /** @param {Export} job */
  #show(job) {
    if (!job.report) {
      this.#error.say(job.message ?? "");
      return;
    }
    this.#outcome.replaceChildren(reportPart(job.report));
    this.#outcome.scrollIntoView({ block: "nearest" });
    if (job.report.rows === 0) {
      setText(this.#status, "Nothing to export: no solution matches.");
      return;
    }
    if (job.format === "hub") this.#outcome.append(hubPushPart(job));
    const link = downloadLink(job);
    this.#links.replaceChildren(link);
    show(this.#make, false);
    link.focus();
  }
}
