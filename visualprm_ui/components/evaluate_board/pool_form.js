// What Best-of-N asks for: whose problems, how many solutions of each, how they are sampled, and whether the reward
// model also scores whole solutions. The models are those that are loaded.

import { el, setText, show } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { choice } from "../transfer_panel/modal.js";
import { counted } from "./figures.js";
import { searchFields } from "./search_fields.js";
import { subsetFields } from "./subset_fields.js";

/** @import { Evaluation, EvaluationExtent, ProblemSet, ProblemSetList } from "../../assets/api.d.ts" */
/** @import { EvaluationRequest, FormContext, KindForm } from "./new_dialog.js" */

const SIZES = [8, 16, 32, 64, 128];
const USUAL = 8; // the paper's Best-of-8
const MOST = 128;
const PROTOCOL_NOTES = {
  iid:
    "All sampled (iid): every solution is sampled at this temperature, and figures for N average over all choices of " +
    "N among them. More solutions can be added later.",
  "greedy-first":
    "Greedy first: the first solution of each problem is decoded greedily and the others are sampled, as in the " +
    "paper. More solutions can be added later.",
};

/**
 * Builds the fields; the sets come a moment later.
 * @param {FormContext} context
 * @returns {KindForm}
 */
export function buildForm({ like, changed }) {
  /** @type {ProblemSet[] | null} null: not known yet */
  let sets = null;
  /** @type {ProblemSet | null} */
  let chosen = null;
  let refusal = "";
  const before = like?.kind === "best_of_n" ? like : null;
  let n = before?.n ?? USUAL;
  let isGreedyFirst = before?.sampled?.protocol === "greedy-first";

  const place = el("div", { class: "vp-ev-new-row" });
  const about = el("p", { class: "vp-ev-note" });
  const models = el("p", { class: "vp-ev-new-model", text: "…" });
  const own = el("input", { type: "number", min: 1, max: MOST, step: 1, "aria-label": "Other number of solutions" });
  const temperature = el("input", {
    type: "number",
    min: 0,
    max: 2,
    step: 0.1,
    value: before?.sampled?.sampling.temperature ?? 0.7,
    "aria-label": "Temperature",
  });
  const outcome = el("input", { type: "checkbox" });
  outcome.checked = before?.sampled?.outcome ?? false;
  const search = searchFields(before?.sampled?.search ?? null, () => changed());
  const same = el("input", { type: "checkbox" });
  same.checked = before !== null;
  const buttons = SIZES.map((value) => segment(String(value), () => chooseSize(value)));
  const protocols = [
    segment("All sampled (iid)", () => chooseProtocol(false)),
    segment("Greedy first", () => chooseProtocol(true)),
  ];
  const protocolNote = el("p", { class: "vp-ev-note" });
  const subset = subsetFields(before, () => {
    tellSet();
    changed();
  });
  const tellSet = () => {
    show(about, chosen !== null);
    show(subset.node, chosen !== null);
    setText(about, chosen ? subset.about(chosen) : "");
  };

  const draw = () => {
    for (const [at, button] of buttons.entries()) button.setAttribute("aria-pressed", String(SIZES[at] === n));
    for (const [at, button] of protocols.entries())
      button.setAttribute("aria-pressed", String((at === 1) === isGreedyFirst));
    if (document.activeElement !== own) own.value = String(n);
    setText(protocolNote, PROTOCOL_NOTES[isGreedyFirst ? "greedy-first" : "iid"]);
  };
  const chooseSize = (/** @type {number} */ value) => {
    n = value;
    draw();
    changed();
  };
  const chooseProtocol = (/** @type {boolean} */ wanted) => {
    isGreedyFirst = wanted;
    draw();
    changed();
  };
  const load = async () => {
    try {
      /** @type {ProblemSetList} */
      const found = await call("api/evaluations/problem-sets");
      sets = found.sets;
    } catch (error) {
      sets = [];
      refusal = errorText(error);
    }
    const keyOf = (/** @type {Pick<ProblemSet, "project" | "data_source">} */ set) =>
      JSON.stringify([set.project, set.data_source]);
    chosen = sets.find((set) => before && keyOf(set) === keyOf(before.set)) ?? sets[0] ?? null;
    const words = sets.map(
      (set) => /** @type {[string, string]} */ ([keyOf(set), `${set.name} · ${counted(set.problems, "problem")}`]),
    );
    if (words.length)
      place.replaceChildren(
        choice("vp-ev-problems", "Whose problems", words, chosen ? keyOf(chosen) : "", (key) => {
          chosen = sets?.find((set) => keyOf(set) === key) ?? null;
          tellSet();
          changed();
        }),
      );
    tellSet();
    changed();
  };
  own.addEventListener("input", () => chooseSize(own.valueAsNumber));
  for (const field of [temperature, outcome]) field.addEventListener("input", changed);
  draw();
  load();

  const chosenAnew = el(
    "div",
    {},
    part("Which problems", place, subset.node, about),
    part("Which models", models),
    part(
      "Solutions of each problem",
      row(segments("Solutions of each problem", buttons), el("label", { class: "vp-ev-new-own" }, "or", own)),
      row(segments("Draws", protocols), el("label", { class: "vp-ev-new-own" }, "temperature", temperature)),
      protocolNote,
      el("label", { class: "vp-ev-new-check" }, outcome, "Also score whole solutions at once, as an ORM"),
      search.node,
    ),
  );
  show(chosenAnew, !same.checked);
  same.addEventListener("input", () => {
    show(chosenAnew, !same.checked);
    changed();
  });
  const node = el("div", {}, ...(before ? [askForTheSame(before, same)] : []), chosenAnew);
  /** @returns {EvaluationRequest} */
  const askedAnew = () => ({
    project: chosen?.project ?? null,
    data_source: chosen?.data_source ?? null,
    ...subset.value(),
    n,
    protocol: isGreedyFirst ? "greedy-first" : "iid",
    outcome: outcome.checked,
    search: search.value(),
    sampling: { temperature: temperature.valueAsNumber },
  });
  return {
    node,
    request: () => (before && same.checked ? { repeats: before.id } : askedAnew()),
    problem: () => {
      if (same.checked) return null;
      if (sets === null) return "";
      if (refusal) return refusal;
      if (chosen === null)
        return "No problem in the store has a reference answer. Import problems with answers on Dataset first.";
      const refused = subset.problem(chosen);
      if (refused !== null) return refused;
      if (!Number.isInteger(n) || n < 1 || n > MOST)
        return `The number of solutions is a whole number from 1 to ${MOST}.`;
      return Number.isFinite(temperature.valueAsNumber)
        ? search.problem()
        : "The temperature is a number from 0 to 2, such as 0.7.";
    },
    told: (extent) => {
      if (extent) setText(models, modelsText(extent));
    },
  };
}

/**
 * What an earlier evaluation was asked for, with what was added to it, to be asked for as a whole.
 * @param {Evaluation} before
 * @param {HTMLInputElement} same
 */
function askForTheSame({ set, n, sampled, reward_models: models, policy }, same) {
  const draws = sampled?.protocol === "greedy-first" ? "greedy first" : "all sampled (iid)";
  const facts = [
    set.name,
    n === null
      ? ""
      : `${counted(n, "solution")} of each problem, ${draws}, temperature ${sampled?.sampling.temperature ?? "–"}`,
    sampled?.search ? `searched too, ${sampled.search.width} × ${sampled.search.expansions}` : "",
    policy ? `written by ${policy.name}` : "",
    `scored by ${models.map(({ name }) => name).join(", then ")}${sampled?.outcome ? ", whole solutions too" : ""}`,
  ].filter(Boolean);
  const note = el("p", { class: "vp-ev-note", dir: "auto", text: `${facts.join(" · ")}.` });
  return part(
    "What is asked for",
    el("label", { class: "vp-ev-new-check" }, same, "The same, with all that was added"),
    note,
  );
}

/**
 * @param {string} text
 * @param {() => void} work
 */
function segment(text, work) {
  return el("button", { type: "button", class: "vp-segment", text, onclick: work });
}

/**
 * @param {string} name
 * @param {HTMLButtonElement[]} buttons
 */
function segments(name, buttons) {
  return el("span", { class: "vp-segments", role: "group", "aria-label": name }, ...buttons);
}

/** @param {...Node} children */
function row(...children) {
  return el("div", { class: "vp-ev-new-row" }, ...children);
}

/**
 * @param {string} title
 * @param {...Node} children
 */
function part(title, ...children) {
  return el("section", { class: "vp-ev-new-part" }, el("h3", { text: title }), ...children);
}

/** @param {EvaluationExtent} extent */
function modelsText({ policy, reward_model: reward }) {
  const named = (/** @type {{ name: string } | null} */ model) => model?.name ?? "none is loaded";
  return `${named(policy)} writes, ${named(reward)} scores · loaded`;
}
