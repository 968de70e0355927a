// The switches over the curves: which solutions N are chosen from, which model is looked at, how step scores become
// one.

import { el } from "../../assets/dom.js";
import { AGGREGATIONS } from "../solution_board/run_facts.js";
import { counted } from "./figures.js";

/** @import { Aggregation, PoolCurve, Protocol } from "../../assets/api.d.ts" */

/** @type {Record<Protocol, string>} */
export const PROTOCOL_WORDS = { iid: "iid", "greedy-first": "greedy first" };

/**
 * @param {PoolCurve} curve
 * @param {Aggregation} how
 * @param {string} way that is looked at
 * @param {(changes: Record<string, string | null>) => void} switched
 */
export function switches(curve, how, way, switched) {
  const protocols = curve.protocols.map(({ protocol, lacking }) =>
    segment(
      `draws ${protocol}`,
      PROTOCOL_WORDS[protocol],
      protocol === curve.protocol,
      () => switched({ protocol }),
      lacking > 0 ? `${counted(lacking, "solution")} more are needed for it` : null,
    ),
  );
  const scores = AGGREGATIONS.map((each) =>
    segment(`score ${each}`, each, each === how, () => switched({ score: each }), null),
  );
  const steps = curve.models.filter((each) => each.mode === "steps" && each.lacking === 0);
  const models = steps.map(({ key, name }) =>
    segment(`model ${key}`, name, way.startsWith(`${key}_`), () => switched({ model: key }), null),
  );
  return [group("Draws", protocols), ...(steps.length > 1 ? [group("Model", models)] : []), group("Score", scores)];
}

/**
 * @param {string} name
 * @param {HTMLButtonElement[]} buttons
 */
export function group(name, buttons) {
  return el(
    "span",
    { class: "vp-ev-pool-switch" },
    el("span", { class: "vp-ev-note", text: name }),
    el("span", { class: "vp-segments", role: "group", "aria-label": name }, ...buttons),
  );
}

/**
 * @param {string} key
 * @param {string} text
 * @param {boolean} isOn
 * @param {() => void} work
 * @param {string | null} why it cannot be chosen
 */
export function segment(key, text, isOn, work, why) {
  const button = el("button", {
    type: "button",
    class: "vp-segment",
    text,
    "aria-pressed": String(isOn),
    "data-focus": key,
    disabled: why !== null,
    title: why,
  });
  button.addEventListener("click", work);
  return button;
}
