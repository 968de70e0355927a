// The fields of a project's options, and what was changed in them.

import { el, setText } from "../../assets/dom.js";
import { field, select } from "./actions.js";

/** @import { Ordering, ProjectOptions } from "../../assets/api.d.ts" */

/**
 * @typedef {"blind" | "error_types" | "first_error" | "members_only" | "step_notes"} FlagName
 * @typedef {"overlap" | "evaluation_share" | "split_size" | "review_share" | "quiz_pass" | "lease_minutes"} NumberName
 * @typedef {Record<string, string | boolean>} FieldValues texts and ticks by option
 * @typedef {object} NumberField
 * @property {string} label
 * @property {(value: number) => string} show
 * @property {(text: string) => number} read
 * @property {string} min the limits are the store's
 * @property {string} max
 * @property {string} [step]
 * @property {string} [placeholder] says what it means to leave the field empty; without one it may not be
 */

/** @type {[Ordering, string][]} */
const ORDERS = [
  ["as_imported", "As they came"],
  ["random", "Random"],
  ["uncertain", "Scores near the threshold first"],
  ["disagreement", "Labels against scores first"],
  ["confident_wrong", "Confident wrong answers first"],
];

/** @type {Record<FlagName, string>} */
export const FLAGS = {
  blind: "Blind: scores only after submission",
  error_types: "Ask for the type of error",
  first_error: "Ask for the first error",
  step_notes: "Corrections and remarks on steps",
  members_only: "Only its members find and label it",
};

const WHOLE = { show: String, read: Number };
const SHARE = { show: percent, read: shareOf, step: "any" };

/** @type {Record<NumberName, NumberField>} */
const NUMBERS = {
  overlap: { label: "People for each solution", ...WHOLE, min: "1", max: "100", placeholder: "everyone" },
  evaluation_share: { label: "Random slice for evaluation, %", ...SHARE, min: "0", max: "100" },
  split_size: { label: "Solutions in a split", ...WHOLE, min: "1", max: "1000000" },
  review_share: { label: "Reviewed of each split, %", ...SHARE, min: "0", max: "100" },
  quiz_pass: { label: "Entry quiz, % to pass", ...SHARE, min: "0", max: "100", placeholder: "no quiz" },
  lease_minutes: { label: "Held for one person, minutes", ...WHOLE, min: "1", max: "10080" },
};

/**
 * Returns a share as percent without the noise of binary fractions: 0.07 is 7, 0.125 is 12.5.
 * @param {number} share
 */
export function percent(share) {
  return String(Number((100 * share).toPrecision(12)));
}

/** @param {string} text percent */
function shareOf(text) {
  return Number((Number(text) / 100).toPrecision(12));
}

/**
 * Returns what was changed, by option, as the server takes it.
 * @param {FieldValues} before
 * @param {FieldValues} now
 */
export function changed(before, now) {
  const entries = Object.entries(now).filter(([name, value]) => value !== before[name]);
  return Object.fromEntries(entries.map(([name, value]) => [name, optionValue(name, value)]));
}

/**
 * @param {string} name
 * @param {string | boolean} value
 */
function optionValue(name, value) {
  if (!(name in NUMBERS) || typeof value !== "string") return value;
  return value === "" ? null : NUMBERS[/** @type {NumberName} */ (name)].read(value);
}

/**
 * Returns the fields of a project's options. `changes` returns what the project does not have yet.
 * @param {ProjectOptions} options
 * @param {boolean} isNew a new project has none of them
 */
export function optionFields(options, isNew) {
  const order = select("order", ORDERS, options.order);
  /** @type {Map<string, HTMLInputElement>} */
  const inputs = new Map();
  const number = (/** @type {NumberName} */ name) => {
    const { label, show, read: _, placeholder = null, ...limits } = NUMBERS[name];
    const number = options[name];
    const value = number === null ? "" : show(number);
    const attributes = { type: "number", step: "1", ...limits, required: placeholder === null, placeholder, value };
    const input = el("input", attributes);
    inputs.set(name, input);
    return checkedField(label, input);
  };
  const flag = (/** @type {FlagName} */ name) => {
    const input = el("input", { type: "checkbox", name, checked: options[name] });
    inputs.set(name, input);
    return el("label", { class: "vp-admin-check" }, input, el("span", { text: FLAGS[name] }));
  };
  const nodes = [
    number("overlap"),
    field("Order", order),
    number("evaluation_share"),
    number("split_size"),
    number("review_share"),
    number("quiz_pass"),
    number("lease_minutes"),
    el(
      "div",
      { class: "vp-admin-checks" },
      flag("blind"),
      flag("error_types"),
      flag("first_error"),
      flag("step_notes"),
      isNew ? flag("members_only") : null, // its own panel has it
    ),
  ];
  /** @returns {FieldValues} */
  const values = () => {
    const entries = [...inputs].map(([name, input]) => [name, input.type === "checkbox" ? input.checked : input.value]);
    return { order: order.value, ...Object.fromEntries(entries) };
  };
  const before = isNew ? {} : values();
  return { nodes, changes: () => changed(before, values()) };
}

/**
 * Returns a labelled field that says beside it why it cannot be taken as it is.
 * @param {string} label
 * @param {HTMLInputElement} input
 */
function checkedField(label, input) {
  const status = el("span", { class: "vp-status-line", role: "alert" });
  input.addEventListener("invalid", (event) => {
    event.preventDefault(); // the browser's own bubble would lie over the sentence
    setText(status, input.validity.valueMissing ? "Type a number: this cannot be empty." : input.validationMessage);
    if (input.form?.querySelector("input:invalid") === input) input.focus();
  });
  input.addEventListener("input", () => setText(status, ""));
  const node = field(label, input);
  node.append(status);
  return node;
}
