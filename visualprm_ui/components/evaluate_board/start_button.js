// The button that begins an evaluation; where no model is loaded, the reason stands in its place.

import { el, setAttr, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call } from "../../assets/rest.js";

/** @import { Status } from "../../assets/api.d.ts" */
/** @import { PageContext } from "./board.js" */

/**
 * Why nothing can be evaluated; null where it can.
 * @param {Pick<Status, "engine"> | null} status
 */
export function whyNot(status) {
  if (status === null) return "The server cannot be reached.";
  const { state, reward_model: model } = status.engine;
  if (state === "loading") return "The models are being loaded.";
  if (state === "failed") return "The models could not be loaded.";
  return model ? null : "No reward model is loaded.";
}

/**
 * @param {PageContext} context
 * @param {() => unknown} begin
 */
export function startButton({ isAdmin, status, signal }, begin) {
  const button = el(
    "button",
    { type: "button", class: "vp-btn vp-btn-primary", onclick: begin },
    icon("plus"),
    el("span", { text: "New evaluation" }),
  );
  const why = el("span", { class: "vp-ev-note", role: "status" });
  const node = el("span", { class: "vp-ev-start" }, button, why);
  const draw = (/** @type {Status | null} */ now) => {
    const reason = isAdmin ? whyNot(now) : "";
    show(button, reason === null);
    show(why, Boolean(reason));
    why.replaceChildren(
      reason ?? "",
      " ",
      el("a", { class: "vp-ev-link", href: address("./"), text: "Models on Explore" }),
    );
  };
  const refresh = async () => draw(await call("api/status").catch(() => null));
  window.addEventListener("vp-models", refresh, { signal });
  window.addEventListener("vp-online", refresh, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || refresh(), { signal });
  draw(status);
  if (whyNot(status) !== null && isAdmin) refreshSoon(refresh, signal, node);
  return {
    node,
    press: () => {
      if (!button.hasAttribute("hidden")) begin();
    },
    /** Another button is the first thing to do. */
    setQuiet: (/** @type {boolean} */ isQuiet) =>
      setAttr(button, "class", isQuiet ? "vp-btn" : "vp-btn vp-btn-primary"),
  };
}

const AGAIN_MS = 3000;

/**
 * Models are being loaded, often: asks until one is there.
 * @param {() => Promise<void>} refresh
 * @param {AbortSignal} signal
 * @param {HTMLElement} node
 */
function refreshSoon(refresh, signal, node) {
  const timer = setInterval(async () => {
    if (document.hidden) return;
    await refresh();
    if (node.querySelector("button:not([hidden])")) clearInterval(timer);
  }, AGAIN_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}
