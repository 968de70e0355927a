// What a step benchmark asks for: which steps, by whose labels, and the threshold, fixed before anything is scored as
// far as nothing is. The reward model is the one that is loaded.

import { el, setText, show } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";
import { choice } from "../transfer_panel/modal.js";
import { devSplitField } from "./dev_split_field.js";
import { commandNote, counted } from "./figures.js";
import { LIKE, optionsLike, PERSON } from "./set_options.js";

/** @import { EvaluationExtent, JobModel } from "../../assets/api.d.ts" */
/** @import { FormContext, KindForm } from "./new_dialog.js" */
/** @import { SetOption } from "./set_options.js" */

const MARKS = [0.5, 0.8, 0.85];
const PUBLISHED = 0.85; // of VisualProcessBench's public protocol
const USUAL = 0.5;
const FIXED = "Fixed now, so that it cannot be tuned on the result. Others can be looked at later, and are marked.";
const KNOWN =
  "This model’s scores of these steps are known already. " +
  "The figures will say that the threshold was chosen after that.";

/**
 * Whose labels, in words.
 * @param {string} labels
 */
export function labelsText(labels) {
  if (labels === "final") return "Final labels of people";
  const [kind, ...rest] = labels.split(":");
  if (kind === "monte_carlo") return `Monte-Carlo by ${rest.join(":")}`;
  return kind === "file" ? `Labels of the file ${rest.join(":")}` : `Labels by ${rest.join(":")}`;
}

/**
 * Builds the fields.
 * @param {FormContext} context
 * @returns {KindForm}
 */
export function buildForm({ sets, like, changed }) {
  const before = like?.kind === "step_benchmark" ? like : null; // the problems of Best-of-N have no labels
  let { options, chosen } = optionsLike(sets, before?.set ?? null);
  const isPerson = before?.set.labels.startsWith(PERSON) ?? false;
  let labels = isPerson ? PERSON : (before?.set.labels ?? chosen?.labels[0] ?? "final");
  let trainedOn = before?.trained_on ?? []; // said of that evaluation's model
  /** @type {number | null} */
  let threshold = before?.tuned ? null : (before?.threshold ?? null); // null: nobody chose one, so the set's usual one
  let shownThreshold = threshold ?? USUAL;

  const about = el("p", { class: "vp-ev-note" });
  const model = el("p", { class: "vp-ev-new-model", text: window.VP?.status?.engine.reward_model ?? "…" });
  const fixed = el("p", { class: "vp-ev-note", text: FIXED });
  const whose = el("div", { class: "vp-ev-new-row" });
  const person = el("input", { type: "text", "aria-label": "Name of the person", placeholder: "their name" });
  if (isPerson) person.value = before?.set.labels.slice(PERSON.length) ?? "";
  const evaluation = el("input", { type: "checkbox" });
  evaluation.checked = before?.set.evaluation ?? false;
  const slice = el("label", { class: "vp-ev-new-check" }, evaluation, "Only the project’s random evaluation slice");
  const own = el("input", { type: "number", min: 0, max: 1, step: 0.01, "aria-label": "Other threshold" });
  const dev = devSplitField(sets, before, () => {
    drawThreshold();
    changed();
  });
  const buttons = MARKS.map((value) => {
    const button = el("button", { type: "button", class: "vp-segment", text: String(value) });
    button.addEventListener("click", () => choose(value));
    return { value, button };
  });

  const drawLabels = () => {
    /** @type {[string, string][]} */
    const words = [
      ...(chosen?.labels ?? [])
        .filter((each) => !each.startsWith(PERSON))
        .map((each) => /** @type {[string, string]} */ ([each, labelsText(each)])),
      [PERSON, "One person’s…"],
    ];
    const select = choice("vp-ev-labels", "Whose labels", words, labels, (value) => {
      labels = value;
      show(person, value === PERSON);
      changed();
    });
    whose.replaceChildren(select, person);
    show(person, labels === PERSON);
    show(slice, (chosen !== null && chosen.project !== null) || evaluation.checked);
    dev.draw(chosen);
  };
  const drawThreshold = () => {
    const isTuned = dev.set() !== null;
    for (const { value, button } of buttons)
      button.setAttribute("aria-pressed", String(!isTuned && value === shownThreshold));
    if (document.activeElement !== own) own.value = isTuned ? "" : String(shownThreshold);
    show(fixed, !isTuned);
  };
  const choose = (/** @type {number} */ value) => {
    dev.clear();
    threshold = value;
    shownThreshold = value;
    drawThreshold();
    changed();
  };
  const select = choice(
    "vp-ev-set",
    "On which labels",
    options.map(({ key, name, solutions }) => [
      key,
      solutions === null ? name : `${name} · ${counted(solutions, "solution")}`,
    ]),
    chosen?.key ?? "",
    (key) => {
      chosen = options.find((each) => each.key === key) ?? null;
      labels = chosen?.labels.find((each) => !each.startsWith(PERSON)) ?? PERSON;
      evaluation.checked = chosen?.key === LIKE && before !== null && before.set.evaluation;
      drawLabels();
      drawThreshold();
      changed();
    },
  );
  person.addEventListener("input", changed);
  evaluation.addEventListener("change", changed);
  own.addEventListener("input", () => choose(own.valueAsNumber));
  drawLabels();
  drawThreshold();

  const none = el(
    "p",
    { class: "vp-ev-note" },
    "There is no labelled solution in the store. ",
    el("a", { class: "vp-ev-link", href: address("dataset"), text: "Import a set on Dataset" }),
    ", label some, or run the nano benchmark.",
  );
  const node = el(
    "div",
    {},
    part("On which labels", ...(options.length ? [select, whose, slice, about] : [none])),
    part("Which reward model", model),
    part(
      "Threshold",
      el("p", { class: "vp-ev-note", text: "A step is called right when its score is above it." }),
      el(
        "div",
        { class: "vp-ev-new-row" },
        el(
          "span",
          { class: "vp-segments", role: "group", "aria-label": "Threshold" },
          ...buttons.map(({ button }) => button),
        ),
        el("label", { class: "vp-ev-new-own" }, "or", own),
      ),
      fixed,
      dev.node,
    ),
  );
  return {
    node,
    request: () => ({
      project: chosen?.project ?? null,
      queue: chosen?.queue ?? null,
      data_source: chosen?.source ?? null,
      policy_model: chosen?.policy ?? null,
      labels: labels === PERSON ? `${PERSON}${person.value.trim()}` : labels,
      evaluation: evaluation.checked,
      ...(dev.set() === null ? { threshold: shownThreshold } : { tune_on: dev.set() }),
      trained_on: trainedOn,
    }),
    problem: () => {
      if (!options.length) return "Nothing is labelled yet: there is no set to choose.";
      if (labels === PERSON && !person.value.trim()) return "Type the name of the person whose labels count.";
      if (dev.set() !== null) return null;
      return shownThreshold >= 0 && shownThreshold <= 1 ? null : "The threshold is a number from 0 to 1, such as 0.85.";
    },
    told: (extent, isCounting) => {
      if (extent && !isSameModel(extent.reward_model, before?.reward_models[0])) trainedOn = [];
      setText(fixed, extent?.scores_known ? KNOWN : FIXED);
      setText(about, extent ? aboutSet(extent) : isCounting ? "Counting…" : "");
      dev.told(extent);
      if (extent) setText(model, extent.reward_model ? modelText(extent.reward_model) : "None is loaded.");
      const usual = extent?.set.is_published_benchmark ? PUBLISHED : USUAL;
      if (extent && threshold === null && dev.set() === null && usual !== shownThreshold) {
        shownThreshold = usual;
        drawThreshold();
        changed();
      }
    },
  };
}

/**
 * @param {JobModel | null} loaded
 * @param {JobModel | undefined} before
 */
function isSameModel(loaded, before) {
  return loaded?.name === before?.name && loaded?.revision === before?.revision;
}

/** @param {EvaluationExtent} extent */
function aboutSet({ set, dev }) {
  const counts = [
    set.solutions === null ? "" : counted(set.solutions, "solution"),
    set.steps === null ? "" : counted(set.steps, "labelled step"),
    set.neutral === null ? "" : `${counted(set.neutral, "neutral or unlabelled step")} left out`,
  ].filter(Boolean);
  const made = set.steps === null ? " They are made when the evaluation starts, which takes some seconds." : "";
  const published = set.is_published_benchmark
    ? " These are the published counts, so figures can be compared with the paper’s."
    : "";
  return `${counts.join(", ")}.${made}${published} ${commandNote(set, dev)}`.trim();
}

/** @param {{ name: string, revision: string }} model */
function modelText({ name, revision }) {
  return `${name}${revision ? ` @${revision.slice(0, 12)}` : ""} · loaded`;
}

/**
 * @param {string} title
 * @param {...Node} children
 */
function part(title, ...children) {
  return el("section", { class: "vp-ev-new-part" }, el("h3", { text: title }), ...children);
}
