// The choices that a project is set up with: what each is called, what it does, and what was changed.

import { el, setText } from "../../assets/dom.js";
import { select } from "./actions.js";

/** @import { Ordering, ProjectOptions } from "../../assets/api.d.ts" */

/**
 * @typedef {"blind" | "error_types" | "first_error" | "members_only" | "step_notes"} FlagName
 * @typedef {"overlap" | "evaluation_share" | "split_size" | "review_share" | "review_limit" | "quiz_pass" |
 *   "gold_every" | "lease_minutes"} NumberName
 * @typedef {Record<string, string | boolean>} FieldValues texts and ticks by option
 * @typedef {object} NumberField
 * @property {string} label
 * @property {string} help
 * @property {string} [before] in front of the field
 * @property {string} [unit] behind the field
 * @property {(value: number) => string} show
 * @property {(text: string) => number} read
 * @property {string} min the limits are the store's
 * @property {string} max
 * @property {string} [step]
 * @property {string} [placeholder] says what it means to leave the field empty; without one it may not be
 */

/** @type {[Ordering, string][]} */
const ORDERS = [
  ["as_imported", "as imported"],
  ["random", "random"],
  ["uncertain", "scores near the threshold first"],
  ["disagreement", "labels against scores first"],
  ["confident_wrong", "confident wrong answers first"],
];

/** @type {Record<FlagName, { label: string, help: string }>} */
const FLAGS = {
  blind: {
    label: "Blind",
    help: "Scores stay hidden until a solution is submitted. Labels given beside scores do not count in agreement.",
  },
  error_types: {
    label: "Type of error",
    help: "For a wrong step: perception, calculation, reasoning, knowledge or format. Keys 4 to 8.",
  },
  first_error: { label: "First error", help: "The first wrong step is marked automatically; X moves the mark." },
  step_notes: {
    label: "Correction and note",
    help: "What a step should say (C), and remarks on it (M). Never required.",
  },
  members_only: {
    label: "Only its members",
    help: "Nobody else sees the project in their list. Add members under People.",
  },
};

const WHOLE = { show: String, read: Number };
const SHARE = { show: percent, read: shareOf, step: "any", unit: "%" };

/** @type {Record<NumberName, NumberField>} */
const NUMBERS = {
  overlap: {
    label: "People for each solution",
    help: "Two let you measure agreement; three decide most ties by majority. Empty: everybody may label everything.",
    ...WHOLE,
    min: "1",
    max: "100",
    placeholder: "everyone",
  },
  quiz_pass: {
    label: "Entry quiz",
    help:
      "Solutions with known labels come first, and this share of their steps has to be right; whoever fails waits " +
      "for you. You draw them on Fill. Empty: no quiz.",
    ...SHARE,
    min: "0",
    max: "100",
    placeholder: "no quiz",
  },
  gold_every: {
    label: "Hidden gold",
    help:
      "One in so many solutions has known labels and looks like any other: it measures how well each person labels. " +
      "You draw them on Fill; without any, there are none.",
    ...WHOLE,
    before: "1 in",
    min: "2",
    max: "1000",
  },
  review_share: {
    label: "Review",
    help: "This share of each split is judged by a reviewer; a split with mistakes can be sent back. 0: no review.",
    ...SHARE,
    min: "0",
    max: "100",
  },
  review_limit: {
    label: "Wrong items allowed",
    help: "With more wrong items in its sample, a split should go back. The reviewer decides.",
    ...WHOLE,
    min: "0",
    max: "1000000",
  },
  split_size: {
    label: "Solutions in a split",
    help: "Work is reviewed, accepted and sent back in splits of this size.",
    ...WHOLE,
    min: "1",
    max: "1000000",
  },
  evaluation_share: {
    label: "Random slice",
    help: "Drawn before anything is ordered. Measure models on it: any other order biases the sample.",
    ...SHARE,
    min: "0",
    max: "100",
  },
  lease_minutes: {
    label: "Reserved for one person",
    help: "A solution that somebody opened but did not touch goes to others after this time.",
    ...WHOLE,
    unit: "minutes",
    min: "1",
    max: "10080",
  },
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
 * Returns the rows of a project's options, by their place on the page. `changes` returns what the project does not have
 * yet; `values` what stands in the fields.
 * @param {ProjectOptions} options
 * @param {boolean} isNew a new project has none of them
 */
export function optionRows(options, isNew) {
  const order = select("order", ORDERS, options.order);
  /** @type {Map<string, HTMLInputElement>} */
  const inputs = new Map();
  const number = (/** @type {NumberName} */ name) => {
    const { label, help, before = "", unit = "", show, read: _, placeholder = null, ...limits } = NUMBERS[name];
    const stored = options[name];
    const value = stored === null ? "" : show(stored);
    const attributes = { type: "number", step: "1", ...limits, required: placeholder === null, placeholder, value };
    const input = el("input", attributes);
    inputs.set(name, input);
    return checkedRow(label, help, input, before, unit);
  };
  const flag = (/** @type {FlagName} */ name) => {
    const input = el("input", { type: "checkbox", name, checked: options[name] });
    inputs.set(name, input);
    return settingRow(FLAGS[name].label, FLAGS[name].help, input);
  };
  const orderRow = settingRow(
    "Order",
    "What is labelled first. This matters if not everything will be labelled.",
    order,
  );
  const rows = {
    asked: [flag("error_types"), flag("first_error"), flag("step_notes"), flag("blind")],
    sure: [
      number("overlap"),
      number("quiz_pass"),
      number("gold_every"),
      number("review_share"),
      number("review_limit"),
      number("split_size"),
    ],
    order: [orderRow, number("evaluation_share"), number("lease_minutes")],
    audience: [flag("members_only")],
  };
  /** @returns {FieldValues} */
  const values = () => {
    const entries = [...inputs].map(([name, input]) => [name, input.type === "checkbox" ? input.checked : input.value]);
    return { order: order.value, ...Object.fromEntries(entries) };
  };
  const before = isNew ? {} : values();
  return { rows, values, changes: () => changed(before, values()) };
}

/**
 * Returns a choice with its sentence of help.
 * @param {string} label
 * @param {string} help
 * @param {...(Node | string)} control the field or button, with what stands before and behind it
 */
export function settingRow(label, help, ...control) {
  const isButton = control.some((node) => node instanceof HTMLButtonElement || node instanceof HTMLAnchorElement);
  return el(
    isButton ? "div" : "label", // a label would rename its button
    { class: "vp-pp-setting" },
    el("span", { class: "vp-pp-setting-words" }, el("b", { text: label }), el("span", { text: help })),
    el("span", { class: "vp-pp-setting-control" }, ...control),
  );
}

/**
 * Returns a choice that says beside it why it cannot be taken as it is.
 * @param {string} label
 * @param {string} help
 * @param {HTMLInputElement} input
 * @param {string} before
 * @param {string} unit
 */
function checkedRow(label, help, input, before, unit) {
  const status = el("span", { class: "vp-status-line", role: "alert" });
  input.addEventListener("invalid", (event) => {
    event.preventDefault(); // the browser's own bubble would lie over the sentence
    setText(status, input.validity.valueMissing ? "Type a number: this cannot be empty." : input.validationMessage);
    if (input.form?.querySelector("input:invalid") === input) input.focus();
  });
  input.addEventListener("input", () => setText(status, ""));
  return settingRow(label, help, before, input, unit, status);
}
