// Whose labels an export writes, how completions become labels, and which doubtful labels stay out: two parts of its
// form. What there is to choose from is given; the form knows no server.

import { el } from "../../assets/dom.js";
import { counted } from "../transfer_panel/job_text.js";
import { choice, part, row } from "../transfer_panel/modal.js";

/** @import { ExportNames, NameCount } from "../../assets/api.d.ts" */
/** @import { ExportRequest } from "./choices.js" */

/**
 * @typedef {object} Whose
 * @property {string} value
 * @property {string} text
 * @property {keyof ExportNames} [of] whose names it takes one of
 * @property {string} [label] of that name
 * @property {string} [none] why it cannot be chosen where there is no such name
 */

/** @type {Whose[]} */
const WHOSE = [
  { value: "final", text: "Final: decided, else the majority, else the newest and counted as disputed" },
  { value: "all", text: "Everybody’s, every file’s and all Monte-Carlo labels, a row each" },
  {
    value: "person",
    text: "One person’s",
    of: "people",
    label: "Person",
    none: "nobody has labelled anything yet",
  },
  { value: "file", text: "One file’s", of: "files", label: "File", none: "no file has brought labels yet" },
  {
    value: "monte_carlo",
    text: "Monte-Carlo labels, by one policy’s completions",
    of: "policies",
    label: "Completions by",
    none: "no policy has labelled anything yet",
  },
];
/** @type {[string, string][]} */
const STAGES = [
  ["", "Each person’s newest"],
  ["blind", "Given blind"],
  ["revealed", "Given with the scores in sight"],
];
const SHARES =
  "How many of a step’s completions have to reach the answer. Left empty, one is enough for a correct step. With " +
  "0.125 and 0.75, a step is wrong up to 1 in 8 and correct from 3 in 4 on; one in between goes out without a label.";
const CHECK =
  "A label goes out only where this model’s stored score says the same. A step whose label it contradicts, or that " +
  "it has not scored, goes out without a label.";
const SUBSET =
  "0.1 keeps the tenth of each source that teaches most: solutions with both right and wrong steps, whose right " +
  "steps most completions confirm. Such a tenth of VisualPRM400K trained as good a model as all of it " +
  "(arXiv 2602.04145).";
export const NO_SCORES = "No reward model has scored anything yet";

/**
 * Whose labels can be chosen; what nobody has is shown with the reason, and disabled.
 * @param {ExportNames} names
 * @returns {{ value: string, text: string, disabled: boolean }[]}
 */
export function whoseOptions(names) {
  return WHOSE.map(({ value, text, of, none }) => {
    const isEmpty = of !== undefined && names[of].length === 0;
    return { value, text: isEmpty ? `${text}: ${none}` : text, disabled: isEmpty };
  });
}

/**
 * Names as options of a select, each with its number of solutions.
 * @param {NameCount[]} found
 * @returns {[string, string][]}
 */
export function nameOptions(found) {
  return found.map(({ name, solutions }) => [name, `${name} (${counted(solutions, "solution")})`]);
}

/**
 * A select of reward models; disabled, with the reason, where none has scored anything.
 * @param {string} id
 * @param {string} label
 * @param {string} noModel what it says where none is chosen
 * @param {NameCount[]} models
 * @param {() => void} changed
 */
export function modelChoice(id, label, noModel, models, changed) {
  const isEmpty = models.length === 0;
  const select = choice(id, label, [["", isEmpty ? NO_SCORES : noModel], ...nameOptions(models)], "", changed);
  select.disabled = isEmpty;
  return select;
}

/**
 * Returns the two parts.
 * @param {ExportNames} names
 * @param {() => void} changed what to do where another value was chosen
 * @param {() => void} redraw what to do where other fields are asked for
 */
export function whoseLabels(names, changed, redraw) {
  let chosen = WHOSE[0];
  const whose = el(
    "select",
    { id: "vp-export-labels", "aria-label": "Whose labels" },
    ...whoseOptions(names).map(({ value, text, disabled }) => el("option", { value, text, disabled })),
  );
  whose.addEventListener("change", () => {
    chosen = WHOSE.find(({ value }) => value === whose.value) ?? WHOSE[0];
    redraw();
    whose.focus(); // it was taken out of the page for a moment
  });
  /** @type {Map<string, HTMLSelectElement>} by whose names they are */
  const named = new Map();
  for (const { value, of, label = "" } of WHOSE)
    if (of) named.set(value, choice(`vp-export-${value}`, label, nameOptions(names[of]), "", changed));
  const share = (/** @type {[id: string, label: string, placeholder: string, step: string]} */ ...of) => {
    const [id, label, placeholder, step] = of;
    const values = { type: "number", id: `vp-export-${id}`, "aria-label": label, placeholder, step };
    const input = el("input", { ...values, min: "0", max: "1" });
    input.addEventListener("input", changed);
    return input;
  };
  const stage = choice("vp-export-stage", "Stage", STAGES, "", changed);
  const wrongTo = share("wrong-to", "Wrong up to this share of completions", "above 0 is correct", "0.0625");
  const correctFrom = share("correct-from", "Correct from this share of completions", "above 0 is correct", "0.0625");
  const checker = modelChoice(
    "vp-export-agrees",
    "Reward model that checks the labels",
    "No check: every label is exported",
    names.reward_models,
    changed,
  );
  const subset = share("subset", "Share of the solutions to keep", "all of them", "0.05");
  return {
    /** @param {string} format */
    parts: (format) => {
      const name = named.get(chosen.value);
      const hasShares = sharesIn(chosen.value, format);
      const found = [
        part(
          "Whose label counts",
          whose,
          name ? row(chosen.label ?? "", name) : null,
          chosen.value === "monte_carlo" ? null : row("Stage", stage),
          ...(hasShares ? [row("Wrong up to", wrongTo), row("Correct from", correctFrom), note(SHARES)] : []),
        ),
      ];
      if (isMeasured(chosen.value, format))
        found.push(
          part(
            "Leave doubtful labels out",
            ...(hasShares ? [row("Checked by", checker), note(CHECK)] : []),
            row("Keep the best", subset),
            note(SUBSET),
          ),
        );
      return found;
    },
    /**
     * @param {string} format
     * @returns {ExportRequest}
     */
    request: (format) => {
      /** @type {ExportRequest} */
      const asked = {};
      const name = named.get(chosen.value);
      if (name) asked.labels = `${chosen.value}:${name.value}`;
      else if (chosen.value !== "final") asked.labels = chosen.value;
      if (stage.value && chosen.value !== "monte_carlo") asked.stage = stage.value;
      if (sharesIn(chosen.value, format)) {
        if (wrongTo.value !== "") asked.wrong_to = Number(wrongTo.value);
        if (correctFrom.value !== "") asked.correct_from = Number(correctFrom.value);
        if (checker.value) asked.agrees_with = checker.value;
      }
      if (isMeasured(chosen.value, format) && subset.value !== "") asked.subset = Number(subset.value);
      return asked;
    },
  };
}

/**
 * Whether steps can be labelled by the share of completions that reached the answer: figures of a file, or of rollouts.
 * @param {string} whose
 * @param {string} format
 */
function sharesIn(whose, format) {
  return isMeasured(whose, format) && format !== "visualprm400k-raw";
}

/**
 * Whether labels may have shares of completions, by which solutions are chosen.
 * @param {string} whose
 * @param {string} format
 */
function isMeasured(whose, format) {
  return (whose === "monte_carlo" || whose === "file") && format !== "problems";
}

/** @param {string} text */
function note(text) {
  return el("p", { class: "vp-dataset-note", text });
}
