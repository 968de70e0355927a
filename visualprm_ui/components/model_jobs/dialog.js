// The dialog that has the loaded models score or sample whole sets: what is chosen, which models are loaded, what it
// would be about. Its last button starts a job, which the dock shows; below are the jobs of before. Loaded when opened.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { dockJob } from "../transfer_panel/dock.js";
import { isUnfinished } from "../transfer_panel/job_text.js";
import { choice, errorLine, loadStyles, openModal, part } from "../transfer_panel/modal.js";
import { extentText, jobDone, jobProgress, modelText, requestOf, titleOf } from "./job_words.js";
import { endedLinks, modelJobKind } from "./kind.js";

/** @import { Import, JobExtent, ModelJob, ProjectList, QueueList } from "../../assets/api.d.ts" */
/** @import { JobForm } from "./job_words.js" */

const TYPING_MS = 250;
const SHOWN_JOBS = 8;

/**
 * Opens the dialog.
 * @param {() => void} onDone what to do once a job has ended
 */
export async function openModelJobs(onDone) {
  /** @type {[{ imports: Import[] }, QueueList, ProjectList, { jobs: ModelJob[] }, void]} */
  const [{ imports }, { queues }, { projects }, { jobs }] = await Promise.all([
    call("api/imports"),
    call("api/queues"),
    call("api/projects?archived=false"),
    call("api/jobs"),
    loadStyles(),
  ]);
  /** @type {[string, string][]} */
  const items = [
    ["", "Everything in the store"],
    ...imports
      .filter((each) => each.phase === "import" && each.state === "done" && each.report?.queue !== undefined)
      .map((each) => /** @type {[string, string]} */ ([`import:${each.id}`, `Import: ${each.title}`])),
    ...queues.map(({ queue, title }) => /** @type {[string, string]} */ ([`queue:${queue}`, `Queue: ${title}`])),
  ];
  new ModelJobDialog(
    items,
    projects.map(({ project, title }) => [project, title]),
    jobs,
    onDone,
  );
}

/** One dialog. */
class ModelJobDialog {
  /** @type {JobForm} */
  #form = { kind: "score", items: "", source: "", policy: "", n: "8", temperature: "0.7", seed: "0", project: "" };
  #fields = el("div", { class: "vp-transfer-content" });
  #models = el("p", { class: "vp-dataset-note" });
  #extent = el("p", { class: "vp-status-line", role: "status" });
  #error = errorLine();
  #start = el("button", { type: "button", class: "vp-btn vp-btn-primary", text: "Start", disabled: true });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asked = 0;

  /**
   * @param {[string, string][]} items
   * @param {[string, string][]} projects
   * @param {ModelJob[]} jobs
   * @param {() => void} onDone
   */
  constructor(items, projects, jobs, onDone) {
    this.items = items;
    this.projects = projects;
    this.onDone = onDone;
    const cancel = el("button", { type: "button", class: "vp-btn", text: "Cancel" });
    this.node = openModal({
      title: "Score or sample with the loaded models",
      hint: "in the background; whoever waits on Explore comes first",
      body: [this.#fields, part("Loaded models", this.#models), this.#error.line, ...this.#earlier(jobs)],
      foot: [this.#extent, cancel, this.#start],
    });
    cancel.addEventListener("click", () => this.node.close());
    this.#start.addEventListener("click", () => this.#begin());
    this.#draw();
    this.node.querySelector("select")?.focus();
  }

  #draw() {
    const { kind } = this.#form;
    const scores = kind === "score";
    this.#fields.replaceChildren(
      part(
        "What to do",
        row(
          "Work",
          this.#select("kind", "Work", [
            ["score", "Score solutions that are there"],
            ["sample", "Sample solutions of problems, and score them"],
          ]),
        ),
        row(scores ? "Solutions of" : "Problems of", this.#select("items", "Selection", this.items)),
        row("Source", this.#text("source", "Source of the problems")),
        scores ? row("Policy", this.#text("policy", "Policy model")) : null,
      ),
      ...(scores
        ? []
        : [
            part(
              "How to sample",
              row("Solutions each", this.#number("n", "Solutions of each problem", "1")),
              row("Temperature", this.#number("temperature", "Temperature", "0.05")),
              row("Seed", this.#number("seed", "Seed", "1")),
              row("Label them in", this.#select("project", "Project", [["", "No project"], ...this.projects])),
            ),
          ]),
    );
    this.#changed();
  }

  /**
   * @param {"kind" | "items" | "project"} name
   * @param {string} label
   * @param {[string, string][]} options
   */
  #select(name, label, options) {
    return choice(`vp-jobs-${name}`, label, options, this.#form[name], (value) => {
      Object.assign(this.#form, { [name]: value });
      if (name !== "kind") return this.#changed();
      this.#draw();
      this.node.querySelector("select")?.focus();
    });
  }

  /**
   * @param {"source" | "policy"} name
   * @param {string} label
   */
  #text(name, label) {
    const values = { type: "text", id: `vp-jobs-${name}`, "aria-label": label, placeholder: "any" };
    return this.#input(name, el("input", { ...values, value: this.#form[name] }));
  }

  /**
   * @param {"n" | "temperature" | "seed"} name
   * @param {string} label
   * @param {string} step
   */
  #number(name, label, step) {
    const values = { type: "number", id: `vp-jobs-${name}`, "aria-label": label, min: "0", step };
    return this.#input(name, el("input", { ...values, value: this.#form[name] }));
  }

  /**
   * @param {keyof JobForm} name
   * @param {HTMLInputElement} input
   */
  #input(name, input) {
    input.addEventListener("input", () => {
      Object.assign(this.#form, { [name]: input.value });
      this.#changed();
    });
    return input;
  }

  /** Asks what the job would be about, once nobody types. */
  #changed() {
    this.#start.disabled = true;
    this.#error.say("");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), TYPING_MS);
  }

  async #ask() {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      /** @type {JobExtent} */
      const extent = await call("api/jobs/extent", { method: "POST", body: requestOf(this.#form) });
      if (asked !== this.#asked) return; // something else is asked for by now
      const { text, canStart } = extentText(this.#form.kind, extent);
      setText(this.#models, `Reward model: ${modelText(extent.reward_model)}. Policy: ${modelText(extent.policy)}.`);
      setText(this.#extent, text);
      this.#start.disabled = !canStart;
    } catch (error) {
      if (asked !== this.#asked) return;
      setText(this.#extent, "");
      this.#error.say(errorText(error));
    }
  }

  async #begin() {
    this.#start.disabled = true;
    try {
      /** @type {ModelJob} */
      const job = await call("api/jobs", { method: "POST", body: requestOf(this.#form) });
      dockJob(modelJobKind(this.onDone), job);
      this.node.close();
    } catch (error) {
      this.#error.say(errorText(error));
      this.#start.disabled = false;
    }
  }

  /** @param {ModelJob[]} jobs */
  #earlier(jobs) {
    if (jobs.length === 0) return [];
    const rows = jobs.slice(0, SHOWN_JOBS).map((job) => {
      const text = isUnfinished(job)
        ? jobProgress(job)
        : (job.message ?? (job.state === "done" ? jobDone(job) : job.state));
      return el(
        "li",
        {},
        el("b", { text: titleOf(job), dir: "auto" }),
        el("span", { text: ` ${text}`, dir: "auto" }),
        el("div", { class: "vp-button-row" }, ...(isUnfinished(job) ? [] : endedLinks(job, this.onDone))),
      );
    });
    return [part("Earlier jobs", el("ul", { class: "vp-jobs-earlier" }, ...rows))];
  }
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 */
function row(text, control) {
  return el("div", { class: "vp-export-row" }, el("span", { "aria-hidden": "true", text }), control);
}
