// What an export can be asked for: the fields of its form, and the request they make. The form knows no server.

import { el } from "../../assets/dom.js";
import { choice, part } from "../transfer_panel/modal.js";
import { commandOf } from "./command.js";

/** @import { Format, Project } from "../../assets/api.d.ts" */

/** @typedef {Record<string, string | number | boolean>} ExportRequest by the names of POST api/exports */

/** @type {[string, string][]} */
const WHOSE = [
  ["final", "Final: decided, else the majority, else the newest and counted as disputed"],
  ["all", "Everybody’s and every file’s, a row each"],
  ["person", "One person’s"],
  ["file", "One file’s"],
];
/** @type {[string, string][]} */
const STAGES = [
  ["", "Each person’s newest"],
  ["blind", "Given blind"],
  ["revealed", "Given with the scores in sight"],
];
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
 * Returns the form, and what it asks for.
 * @param {Format[]} formats that can be exported
 * @param {string[]} leftOut what none of them holds but full
 * @param {Project[]} projects
 * @param {() => void} changed
 */
export function exportForm(formats, leftOut, projects, changed) {
  /** @type {{ format: string, whose: string, neutral: string | null }} neutral: null until a person chooses */
  const state = { format: formats[0].name, whose: "final", neutral: null };
  const formatOf = () => /** @type {Format} */ (formats.find((each) => each.name === state.format));
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
    "",
    () => draw(),
  );
  const split = number("split", "Split, counted from 0", "1");
  const evaluation = el("input", { type: "checkbox", id: "vp-export-evaluation" });
  evaluation.addEventListener("change", changed);
  const source = field("source", "Source of the problems", "any");
  const policy = field("policy", "Policy model", "any");
  const reward = field("reward", "Reward model", "the newest scores of any");
  const agreement = number("agreement", "Least agreement", "0.05");
  agreement.max = "1";
  const name = field("name", "Name", "their name");
  const license = field("license", "Licence", "as the hub spells it");
  const stage = choice("vp-export-stage", "Stage", STAGES, "", changed);
  const whose = choice("vp-export-labels", "Whose labels", WHOSE, "final", (value) => {
    state.whose = value;
    draw();
  });
  const neutral = el("div", { class: "vp-button-row" });
  const narrowing = el("div", { class: "vp-transfer-content" });
  const list = formatList(formats, leftOut, state, () => draw());

  const request = () => {
    /** @type {ExportRequest} */
    const asked = { format: state.format };
    if (state.format === "full") return asked;
    const texts = { project: project.value, data_source: source.value, policy_model: policy.value, stage: stage.value };
    for (const [key, value] of Object.entries(texts)) if (value.trim()) asked[key] = value.trim();
    if (project.value && split.value !== "") asked.split = Number(split.value);
    if (evaluation.checked) asked.evaluation = true;
    if (agreement.value !== "") asked.min_agreement = Number(agreement.value);
    const isNamed = state.whose === "person" || state.whose === "file";
    if (state.whose !== "final") asked.labels = isNamed ? `${state.whose}:${name.value.trim()}` : state.whose;
    const { asked: counted } = neutralIn(state.neutral, formatOf().has_neutral);
    if (counted) asked.neutral = counted;
    if (state.format === "csv" && reward.value.trim()) asked.reward_model = reward.value.trim();
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
    const isNamed = state.whose === "person" || state.whose === "file";
    const rows = [
      part(
        "Which solutions",
        row("Project", project),
        project.value ? row("Split", split) : null,
        row("Source", source),
        row("Policy", policy),
        row("Least agreement", agreement),
        el("label", { class: "vp-export-check" }, evaluation, el("span", { text: "Only the evaluation slices" })),
      ),
      part("Whose label counts", whose, isNamed ? row("Name", name) : null, row("Stage", stage)),
      part("Neutral steps", neutral),
    ];
    if (state.format === "csv") rows.push(part("Scores", row("Reward model", reward)));
    if (state.format === "hub") rows.push(part("For the card", row("Licence", license)));
    narrowing.replaceChildren(
      ...(state.format === "full"
        ? [part("Everything", el("p", { class: "vp-dataset-note", text: "It comes back in without loss." }))]
        : rows),
    );
    changed();
  };
  draw();
  return {
    node: el("div", { class: "vp-export-form" }, list, narrowing),
    request,
    command: () => commandOf(request()),
  };
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 */
function row(text, control) {
  return el("div", { class: "vp-export-row" }, el("span", { "aria-hidden": "true", text }), control);
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
