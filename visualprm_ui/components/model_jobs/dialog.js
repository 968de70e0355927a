// The dialog that has the loaded models score or sample whole sets: what is chosen, which models are loaded, what it
// would be about. Its last button starts a job, which the dock shows; below are the jobs of before. Loaded when opened.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { dockJob } from "../transfer_panel/dock.js";
import { counted, isUnfinished } from "../transfer_panel/job_text.js";
import { choice, errorLine, loadStyles, openModal, part, row } from "../transfer_panel/modal.js";
import { earlierText, extentText, KINDS, modelText, requestOf, titleOf } from "./job_words.js";
import { endedLinks, modelJobKind } from "./kind.js";

/** @import { Import, JobExtent, ModelJob, ProjectList, QueueList } from "../../assets/api.d.ts" */
/** @import { JobForm } from "./job_words.js" */

/** @type {[string, string][]} */
const MODES = [
  ["every", "Every completion: shares with their intervals"],
  ["first-success", "Up to the first success: the same labels for fewer tokens"],
  ["first-error", "Only up to the first error: fewest tokens"],
];
const RULE =
  "A step counts as correct if a completion sampled after it reaches the reference answer. " +
  "Only problems that have one are labelled.";
const TYPING_MS = 250;
const SHOWN_JOBS = 8;

/**
 * Opens the dialog.
 * @param {() => void} onDone what to do once a job has ended
 * @param {JobForm["selected"]} [selected] what was selected by hand; null: the dialog asks
 */
export async function openModelJobs(onDone, selected = null) {
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
    selected,
  );
}

/** One dialog. */
class ModelJobDialog {
  /** @type {JobForm} */
  #form = {
    kind: "score",
    items: "",
    source: "",
    policy: "",
    n: "8",
    temperature: "0.7",
    seed: "0",
    longest: "512",
    completions: "16",
    mode: "every",
    planFirst: true,
    project: "",
    selected: null,
  };
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
   * @param {JobForm["selected"]} selected
   */
  constructor(items, projects, jobs, onDone, selected) {
    this.#form.selected = selected;
    this.items = items;
    this.projects = projects;
    this.onDone = onDone;
    const cancel = el("button", { type: "button", class: "vp-btn", text: "Cancel" });
    this.node = openModal({
      title: "Score, sample or label with the loaded models",
      hint: "in the background; people who wait on Explore come first",
      body: [this.#fields, part("Loaded models", this.#models), this.#error.line, ...this.#earlier(jobs)],
      foot: [this.#extent, cancel, this.#start],
    });
    cancel.addEventListener("click", () => this.node.close());
    this.#start.addEventListener("click", () => this.#begin());
    this.#draw();
    this.node.querySelector("select")?.focus();
  }

  #draw() {
    const { kind, selected } = this.#form;
    const { takesSolutions, rollsOut } = KINDS[kind];
    const kinds = Object.entries(KINDS)
      .filter(([, words]) => words.takesSolutions || selected?.problems !== null)
      .map(([name, words]) => /** @type {[string, string]} */ ([name, words.choice]));
    this.#fields.replaceChildren(
      part(
        "What to do",
        row("Work", this.#select("kind", "Work", kinds)),
        ...(selected ? [selectedNote(selected)] : this.#filters(takesSolutions)),
      ),
      ...(rollsOut ? [this.#rollouts()] : []),
      ...(kind === "score" ? [] : [this.#sampling(takesSolutions, rollsOut)]),
    );
    this.#changed();
  }

  /** How many completions, and whether the plan comes first. */
  #rollouts() {
    const plan = el("input", { type: "checkbox", id: "vp-jobs-plan" });
    plan.checked = this.#form.planFirst;
    plan.addEventListener("change", () => {
      this.#form.planFirst = plan.checked;
      this.#changed();
    });
    return part(
      "How to label",
      row("Completions", this.#number("completions", "Completions sampled after each step", "1")),
      row("Draw", this.#select("mode", "Which completions are drawn", MODES)),
      el("label", { class: "vp-export-check" }, plan, el("span", { text: "Time a few first, and estimate the rest" })),
      el("p", {
        class: "vp-dataset-note",
        text: RULE,
      }),
    );
  }

  /**
   * @param {boolean} takesSolutions
   * @param {boolean} rollsOut
   */
  #sampling(takesSolutions, rollsOut) {
    return part(
      rollsOut && takesSolutions ? "How to complete" : "How to sample",
      takesSolutions ? null : row("Solutions each", this.#number("n", "Solutions of each problem", "1")),
      row("Temperature", this.#number("temperature", "Temperature", "0.05")),
      row("Seed", this.#number("seed", "Seed", "1")),
      rollsOut ? row("Token limit", this.#number("longest", "Most tokens of a completion", "1")) : null,
      takesSolutions
        ? null
        : row("Label them in", this.#select("project", "Project", [["", "No project"], ...this.projects])),
    );
  }

  /** @param {boolean} takesSolutions */
  #filters(takesSolutions) {
    return [
      row(takesSolutions ? "Solutions of" : "Problems of", this.#select("items", "Selection", this.items)),
      row("Source", this.#text("source", "Source of the problems")),
      takesSolutions ? row("Policy", this.#text("policy", "Policy model")) : null,
    ];
  }

  /**
   * @param {"kind" | "items" | "project" | "mode"} name
   * @param {string} label
   * @param {[string, string][]} options
   */
  #select(name, label, options) {
    return choice(`vp-jobs-${name}`, label, options, this.#form[name], (value) => {
      Object.assign(this.#form, { [name]: value });
      if (name !== "kind") return this.#changed();
      const { defaultN: n, defaultTemperature: temperature } = KINDS[this.#form.kind];
      Object.assign(this.#form, { n, temperature });
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
   * @param {"n" | "temperature" | "seed" | "longest" | "completions"} name
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
      const { text, canStart } = extentText(this.#form.kind, extent, this.#form.selected);
      const { rollsOut } = KINDS[this.#form.kind];
      const reward = rollsOut ? "" : `Reward model: ${modelText(extent.reward_model)}. `;
      setText(this.#models, `${reward}Policy: ${modelText(extent.policy)}.`);
      setText(this.#start, rollsOut && this.#form.planFirst ? "Time a few" : "Start");
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
    const rows = jobs
      .slice(0, SHOWN_JOBS)
      .map((job) =>
        el(
          "li",
          {},
          el("b", { text: titleOf(job), dir: "auto" }),
          el("span", { text: ` ${earlierText(job)}`, dir: "auto" }),
          el("div", { class: "vp-button-row" }, ...(isUnfinished(job) ? [] : endedLinks(job, this.onDone))),
        ),
      );
    return [part("Earlier jobs", el("ul", { class: "vp-jobs-earlier" }, ...rows))];
  }
}

/** @param {NonNullable<JobForm["selected"]>} selected */
function selectedNote({ solutions, problems }) {
  const unseen = " Some were selected unseen, so their problems cannot be sampled from here.";
  const rest = problems ? ` of ${counted(problems.length, "problem")}.` : `.${unseen}`;
  return el("p", {
    class: "vp-dataset-note",
    text: `The selection: ${counted(solutions.length, "solution")}${rest}`,
  });
}
