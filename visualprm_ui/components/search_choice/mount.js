// The choice between independent solutions and a guided search, with its paths and tries of a step. Disabled, with the
// reason, where the loaded models cannot search; the app bar asks for them and tells it by the window event
// "vp-status".

import { el, rootOf, setAttr, setText, show } from "../../assets/dom.js";

/** @import { Status } from "../../assets/api.d.ts" */

/** @typedef {{ paths: number | string, tries: number | string }} Numbers "" where none was typed */

const MOST = 128; // tries of a step, of all paths together; the server says so of what is more
const HINT = "Each path gets so many tries of its next step; the best by score are kept and go on.";
const EMPTY = "No model is loaded. Load a policy and a reward model under Models to search.";

/**
 * Returns why nothing can be searched for, "" where it can, or where the models are not there yet.
 * @param {Pick<Status, "engine"> | null} status
 */
export function searchRefusal(status) {
  if (!status) return "";
  const { state, search_refusal: refusal } = status.engine;
  if (state === "empty" || state === "failed") return EMPTY;
  return state === "ready" ? (refusal ?? "") : "";
}

/**
 * Gradio's hook.
 * @param {MountContext<{ value?: Numbers | string | null, usual: { paths: number, tries: number } }>} context
 */
export function mount({ element, props, watch }) {
  const [independent, guided] = ["Independent", "Guided search"].map((text) =>
    el("button", { type: "button", class: "vp-segment", text }),
  );
  const ways = el("div", { class: "vp-segments", role: "group", "aria-label": "Solutions are" }, independent, guided);
  const [paths, tries] = ["vp-paths", "vp-tries"].map((id) =>
    el("input", { type: "number", id, min: 1, max: MOST, "aria-describedby": "vp-search-hint" }),
  );
  const settings = el(
    "div",
    { class: "vp-search-settings", hidden: true },
    el("label", { for: "vp-paths", text: "Paths kept" }),
    paths,
    el("label", { for: "vp-tries", text: "Tries a step" }),
    tries,
    el("p", { class: "vp-search-hint", id: "vp-search-hint", text: HINT }),
  );
  const refusal = el("p", { class: "vp-search-refusal", id: "vp-search-refusal", hidden: true });
  rootOf(element).replaceChildren(el("div", { class: "vp-search-choice" }, ways, settings, refusal));
  const typed = (/** @type {HTMLInputElement} */ { valueAsNumber: number }) => (Number.isNaN(number) ? "" : number);

  const draw = () => {
    const value = props.value || null; // Gradio makes "" of Python's None
    const isGuided = typeof value === "object" && value !== null;
    if (isGuided && value.paths !== typed(paths)) paths.value = String(value.paths);
    if (isGuided && value.tries !== typed(tries)) tries.value = String(value.tries);
    setAttr(independent, "aria-pressed", String(!isGuided));
    setAttr(guided, "aria-pressed", String(isGuided));
    show(settings, isGuided);
    const why = searchRefusal(window.VP?.status ?? null);
    guided.disabled = why !== "" && !isGuided;
    setAttr(guided, "aria-describedby", why ? "vp-search-refusal" : null);
    setText(refusal, why);
    show(refusal, why !== "");
  };
  const choose = (/** @type {boolean} */ isGuided) => {
    props.value = isGuided ? { paths: typed(paths), tries: typed(tries) } : null;
    draw();
  };
  [paths.value, tries.value] = [String(props.usual.paths), String(props.usual.tries)];
  independent.addEventListener("click", () => choose(false));
  guided.addEventListener("click", () => choose(true));
  for (const input of [paths, tries]) input.addEventListener("input", () => choose(true));
  window.addEventListener("vp-status", draw);
  watch("value", draw);
  draw();
}
