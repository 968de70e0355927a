// The section on calibration: whether step scores of a reward model say how many of a policy's own completions reach
// the answer, what the map from scores to shares is worth, and which one is kept.

import { el, setText, show } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { completionsChart } from "./calibration_chart.js";
import { errorSentence, gainSentence, keptSentence, notAbout } from "./calibration_words.js";
import { counted } from "./figures.js";
import { timeText } from "./page_head.js";
import { recordStrip } from "./record.js";

/** @import { Calibration, KeptMap, ScoringModel } from "../../assets/api.d.ts" */
/** @import { PageContext } from "./board.js" */

const MODEL = "reward_model"; // in the address

/**
 * Returns the section; it asks for its figures by itself.
 * @param {string} policy whose completions
 * @param {PageContext} context
 */
export function calibrationSection(policy, context) {
  const content = el("div", { class: "vp-ev-calibration" });
  const status = el("p", { class: "vp-ev-note", role: "status", text: "Scores are compared with completions…" });
  const node = el(
    "section",
    { class: "vp-ev-section", "aria-label": "Calibration" },
    el(
      "div",
      { class: "vp-ev-top" },
      el("h2", { text: "Calibration" }),
      el("span", {
        class: "vp-ev-note",
        text: "does a step score say how many of the policy’s own completions reach the answer?",
      }),
    ),
    status,
    content,
  );
  const load = async (/** @type {string | null} */ model) => {
    const asked = new URLSearchParams({ policy });
    if (model) asked.set(MODEL, model);
    content.setAttribute("aria-busy", "true");
    try {
      /** @type {Calibration} */
      const found = await call(`api/calibration?${asked}`);
      if (context.signal.aborted) return;
      setText(status, "");
      content.replaceChildren(...drawn(found, context, load));
    } catch (error) {
      if (context.signal.aborted) return;
      setText(status, "");
      content.replaceChildren(el("p", { class: "vp-banner", role: "alert", text: errorText(error) }));
    }
    content.removeAttribute("aria-busy");
  };
  load(context.query.get(MODEL));
  return node;
}

/**
 * @param {Calibration} found
 * @param {PageContext} context
 * @param {(model: string) => unknown} load
 */
function drawn(found, context, load) {
  const { figures, reward_model: model, reward_models: models, reason } = found;
  if (figures === null || model === null) return [el("p", { class: "vp-ev-note", text: reason ?? "" })];
  const choose = (/** @type {string} */ wanted) => {
    const query = new URLSearchParams(location.search);
    query.set(MODEL, wanted);
    context.remember(query);
    load(wanted);
  };
  const words = [errorSentence(figures), gainSentence(figures)];
  const record = recordStrip(figures.record, figures.command);
  record.setAttribute("aria-label", "Record of the calibration"); // the page has one of the labels too
  return [
    modelChoice(models, model, choose),
    el(
      "div",
      { class: "vp-ev-row vp-ev-halves" },
      completionsChart(figures),
      el(
        "section",
        { class: "vp-card vp-ev-pad", "aria-label": "Errors" },
        el("h3", { text: "How far off, and what a map is worth" }),
        ...words.map((text) => el("p", { text })),
        ...notAbout(figures).map((text) => el("p", { class: "vp-ev-note", text })),
        keeping(found, model, context),
      ),
    ),
    record,
  ];
}

/**
 * @param {ScoringModel[]} models
 * @param {string} chosen
 * @param {(model: string) => void} choose
 */
function modelChoice(models, chosen, choose) {
  const field = el(
    "select",
    { "aria-label": "Scores of" },
    ...models.map(({ name, solutions }) =>
      el("option", { value: name, text: `${name} (${counted(solutions, "solution")})` }),
    ),
  );
  field.value = chosen;
  field.addEventListener("change", () => choose(field.value));
  const label = el("label", {}, el("span", { class: "vp-label", text: "Scores of" }), field);
  return el("div", { class: "vp-fields vp-ev-labels-of" }, label);
}

/**
 * Which map is kept, and the button that keeps this one.
 * @param {Calibration} found
 * @param {string} model
 * @param {PageContext} context
 */
function keeping({ policy, figures, kept }, model, { isAdmin }) {
  const sentence = el("p", { role: "status" });
  const say = (/** @type {KeptMap | null} */ now) =>
    setText(sentence, keptSentence(now, now === null ? "" : timeText(now.created_at)));
  const error = el("p", { class: "vp-banner vp-banner-bad", role: "alert" });
  const button = el("button", { type: "button", class: "vp-btn", text: "Keep this map" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    show(error, false);
    try {
      say(await call("api/calibration", { method: "POST", body: { policy, reward_model: model } }));
    } catch (problem) {
      setText(error, errorText(problem));
      show(error, true);
    }
    button.disabled = false;
  });
  say(kept);
  show(error, false);
  show(button, isAdmin && figures?.after.value !== null);
  return el("div", { class: "vp-ev-keeping" }, sentence, button, error);
}
