// What an export can be asked for: the fields of its form, and the request they make. The form knows no server.

import { el, show } from "../../assets/dom.js";
import { CHECKER, leftOutText } from "../dataset_board/nano_benchmark.js";
import { choice, part, row } from "../transfer_panel/modal.js";
import { commandOf } from "./command.js";
import { modelChoice, whoseLabels } from "./whose_labels.js";

/** @import { ExportNames, Format, Project } from "../../assets/api.d.ts" */

/** @typedef {Record<string, string | number | boolean>} ExportRequest by the names of POST api/exports */

/** @type {[value: string, text: string, needsNeutral: boolean][]} */
const NEUTRAL = [
  ["keep", "Keep them as 0", true],
  ["positive", "Count them as correct", false],
  ["negative", "Count them as wrong", false],
  ["drop", "Leave their solutions out", false],
];

/**
 * Which policy for neutral steps the form shows as chosen in a format, and which it asks for.
 * @param {string | null} chosen by the person; null: nothing was
 * @param {boolean} hasNeutral
 * @returns {{ shown: string, asked: string | null }} asked: null leaves it to the server, which does what is shown
 */
export function neutralIn(chosen, hasNeutral) {
  const asked = chosen === "keep" && !hasNeutral ? null : chosen;
  return { shown: asked ?? (hasNeutral ? "keep" : "positive"), asked };
}

/**
 * @typedef {object} Offered
 * @property {Format[]} formats that can be exported
 * @property {string[]} leftOut what none of them holds but full
 * @property {Project[]} projects
 * @property {string} project the one that is chosen at first; "": all
 * @property {string} storeOptions by which a command opens this store
 * @property {ExportNames} names whose labels and scores there are
 * @property {number} benchmark solutions of the built-in benchmark that are left out where nothing names them
 */

/**
 * Returns the form, and what it asks for.
 * @param {Offered} offered
 * @param {() => void} tell what to do once it is changed
 */
export function exportForm({ formats, leftOut, projects, project: preset, storeOptions, names, benchmark }, tell) {
  /** @type {{ format: string, neutral: string | null }} neutral: null until a person chooses */
  const state = { format: formats[0].name, neutral: null };
  const formatOf = () => /** @type {Format} */ (formats.find((each) => each.name === state.format));
  const benchmarkNote = el("p", { class: "vp-dataset-note", text: leftOutText(benchmark) });
  const changed = () => {
    show(benchmarkNote, benchmark > 0 && !namesBenchmark(request()));
    tell();
  };
  const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ placeholder) => {
    const input = el("input", { type: "text", id: `vp-export-${id}`, "aria-label": label, placeholder });
    input.addEventListener("input", changed);
    return input;
  };
  const number = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ step) => {
    const input = el("input", { type: "number", id: `vp-export-${id}`, "aria-label": label, min: "0", step });
    input.addEventListener("input", changed);
    return input;
  };
  const project = choice(
    "vp-export-project",
    "Project",
    [["", "All"], ...projects.map((each) => /** @type {[string, string]} */ ([each.project, each.title]))],
    preset,
    () => draw(),
  );
  const split = number("split", "Split, counted from 0", "1");
  const evaluation = el("input", { type: "checkbox", id: "vp-export-evaluation" });
  evaluation.addEventListener("change", changed);
  const source = field("source", "Source of the problems", "any");
  const policy = field("policy", "Policy model", "any");
  const newest = "The newest scores of any model";
  const reward = modelChoice("vp-export-reward", "Reward model", newest, names.reward_models, changed);
  const agreement = number("agreement", "Minimum agreement", "0.05");
  agreement.max = "1";
  const license = field("license", "Licence", "as the hub spells it");
  const labels = whoseLabels(names, changed, () => draw());
  const neutral = el("div", { class: "vp-button-row" });
  const narrowing = el("div", { class: "vp-transfer-content" });
  const list = formatList(formats, leftOut, state, () => draw());

  const request = () => {
    /** @type {ExportRequest} */
    const asked = { format: state.format };
    if (state.format === "full") return asked;
    const texts = { project: project.value, data_source: source.value, policy_model: policy.value };
    for (const [key, value] of Object.entries(texts)) if (value.trim()) asked[key] = value.trim();
    if (project.value && split.value !== "") asked.split = Number(split.value);
    if (evaluation.checked) asked.evaluation = true;
    if (agreement.value !== "") asked.min_agreement = Number(agreement.value);
    Object.assign(asked, labels.request(state.format));
    const { asked: counted } = neutralIn(state.neutral, formatOf().has_neutral);
    if (counted) asked.neutral = counted;
    if (state.format === "csv" && reward.value) asked.reward_model = reward.value;
    if (state.format === "hub" && license.value.trim()) asked.license = license.value.trim();
    return asked;
  };

  const draw = () => {
    const format = formatOf();
    const { shown } = neutralIn(state.neutral, format.has_neutral);
    neutral.replaceChildren(
      ...NEUTRAL.map(([value, text, needsNeutral]) =>
        el("button", {
          type: "button",
          class: "vp-btn",
          text,
          "aria-pressed": String(shown === value),
          disabled: needsNeutral && !format.has_neutral,
          title: needsNeutral && !format.has_neutral ? "This format has no neutral step" : null,
          onclick: () => {
            state.neutral = value;
            draw();
          },
        }),
      ),
    );
    const rows = [
      part(
        "Which solutions",
        row("Project", project),
        project.value ? row("Split", split) : null,
        row("Source", source),
        benchmarkNote,
        row("Policy", policy),
        row("Minimum agreement", agreement),
        el("label", { class: "vp-transfer-check" }, evaluation, el("span", { text: "Only the evaluation slices" })),
      ),
      ...labels.parts(state.format),
      part("Neutral steps", neutral),
    ];
    if (state.format === "csv") rows.push(part("Scores", row("Reward model", reward)));
    if (state.format === "hub") rows.push(part("For the card", row("Licence", license)));
    narrowing.replaceChildren(
      ...(state.format === "full"
        ? [part("Everything", el("p", { class: "vp-dataset-note", text: "It can be imported again without loss." }))]
        : rows),
    );
    changed();
  };
  draw();
  return {
    node: el("div", { class: "vp-export-form" }, list, narrowing),
    request,
    command: () => commandOf(request(), storeOptions),
  };
}

/**
 * Whether a request is about something that may be of the built-in benchmark, so that nothing of it is left out.
 * @param {ExportRequest} request
 */
export function namesBenchmark({ project, evaluation, data_source: source, labels }) {
  return Boolean(project || evaluation || source) || labels === `file:${CHECKER}`;
}

/**
 * The formats, each with what it cannot hold.
 * @param {Format[]} formats
 * @param {string[]} noneHolds what none of them holds but full
 * @param {{ format: string }} state changed in place
 * @param {() => void} changed
 */
function formatList(formats, noneHolds, state, changed) {
  return el(
    "fieldset",
    { class: "vp-export-formats" },
    el("legend", { text: "Format" }),
    ...formats.map(({ name, title, left_out: leftOut }) => {
      const input = el("input", {
        type: "radio",
        name: "vp-export-format",
        value: name,
        checked: name === state.format,
      });
      input.addEventListener("change", () => {
        state.format = name;
        changed();
      });
      const note = leftOut.length ? el("small", { text: `Cannot hold: ${leftOut.join(", ")}.` }) : null;
      const words = el("span", {}, el("b", { text: title.charAt(0).toUpperCase() + title.slice(1) }), note);
      return el("label", {}, input, words);
    }),
    el("p", { class: "vp-dataset-note", text: `Only “everything” holds ${noneHolds.join(", ")}.` }),
  );
}
