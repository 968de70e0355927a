// Which models the server computes with: state, progress, choosing others, load and unload. Labelling never depends on
// it.

import { el, rootOf, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";

/** @import { AvailableModel, AvailableModels, LoadProgress, ModelRole } from "../../assets/api.d.ts" */
/** @import { ModelsView, ServedModel } from "../../assets/api.d.ts" */

/**
 * @typedef {ReturnType<typeof build>} Panel the nodes of the panel
 * @typedef {object} PanelState
 * @property {ModelsView | null} view
 * @property {AvailableModels} available
 * @property {string | null} error
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 */

/** @type {readonly ModelRole[]} */
const ROLES = ["policy", "reward_model"];
/** @type {AvailableModels} */
const NONE = { models: [], pairs: [], free_bytes: null };
const BUSY_INTERVAL = 500;
const IDLE_INTERVAL = 10000;
const GIB = 2 ** 30;
/** What a model can be asked for, in words. */
const USES = { policy: "writes", prm: "scores steps", orm: "scores solutions", judge: "judges steps" };

/**
 * "6.1 GiB", "12 MiB"; empty when the number is not known.
 * @param {number | null | undefined} bytes
 */
export function formatBytes(bytes) {
  if (bytes === null || bytes === undefined) return "";
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB`;
}

/**
 * Returns the line about a served model.
 * @param {Pick<ServedModel, "name" | "dtype" | "bytes" | "device" | "resident" | "path"> | null} model
 * @param {boolean} inTurns
 */
export function servedModelText(model, inTurns) {
  if (!model) return "none";
  const setChildren = model.resident ? model.device : "waiting in host memory";
  return [
    model.name,
    model.dtype,
    formatBytes(model.bytes),
    model.path === "generic" ? "generic path" : "",
    inTurns || !model.resident ? `${model.resident ? "now on " : ""}${setChildren}` : setChildren,
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * Returns the sentence under the panel.
 * @param {Pick<ModelsView, "state" | "progress" | "active" | "message" | "in_turns">} view
 */
export function statusMessage(view) {
  const { state, progress, active, message } = view;
  if (state === "loading" && progress) {
    const name = progress.source.split("/").filter(Boolean).pop();
    if (progress.unit === "bytes" && !progress.total) return `Looking for ${name} on the model hub.`;
    if (progress.unit === "bytes") {
      const percent = Math.floor(100 * (progressFraction(progress) ?? 0));
      return `Downloading ${name}. ${formatBytes(progress.done)} of ${formatBytes(progress.total)} (${percent} %)`;
    }
    return `Loading ${name}.${progress.total ? ` ${progress.done} of ${progress.total} tensors` : ""}`;
  }
  if (state === "loading" && active > 0)
    return `Waiting for ${active} ${active === 1 ? "run" : "runs"} to finish with the previous models.`;
  if (state === "loading") return "Loading.";
  if (state === "empty") return "No model is loaded. Labelling goes on without them.";
  if (state === "failed") return message ?? "The models could not be loaded.";
  return view.in_turns ? "They do not both fit on the device at once: they take turns." : "";
}

/**
 * Why the newest change failed, said inside the panel only: what is served is as it should be, and others did not ask
 * for it.
 * @param {Pick<ModelsView, "state" | "message">} view
 */
export function failureMessage({ state, message }) {
  return state === "ready" && message ? `${message} The previous models stay.` : "";
}

/**
 * Returns how far loading is, 0 to 1; null when it is not known.
 * @param {Pick<LoadProgress, "done" | "total"> | null} progress
 */
export function progressFraction(progress) {
  return progress?.total ? progress.done / progress.total : null;
}

/**
 * Returns the text of an option: name, size, and whether it fits, or why loading it is refused.
 * @param {Pick<AvailableModel, "name" | "needs" | "fits" | "refusal" | "path" | "uses">} model
 */
export function modelOptionText(model) {
  if (model.refusal !== null) return `${model.name} · refused: ${model.refusal}`;
  const fit = model.fits.length === 0 ? "does not fit" : model.fits[0] === "none" ? "" : `fits as ${model.fits[0]}`;
  const path = model.path === "generic" ? "generic path, slower" : "";
  const uses = model.uses.map((use) => USES[use]).join(" or ");
  return [model.name, uses, formatBytes(model.needs.none), fit, path].filter(Boolean).join(" · ");
}

/**
 * Says whether the two chosen models fit the memory together; empty where a size is not known.
 * @param {Pick<AvailableModel, "source" | "needs">[]} chosen
 * @param {number | null} free bytes, beside what is loaded now
 * @param {number} held bytes that the models served now will give back
 */
export function pairText(chosen, free, held) {
  const sizes = chosen.map((model) => model.needs.none);
  if (chosen.length < 2 || free === null || sizes.some((size) => size === null)) return "";
  const needed = sizes.reduce((/** @type {number} */ sum, size) => sum + Number(size), 0);
  const room = free + held;
  const outcome = needed <= room ? "both fit" : "too much for both: they take turns, or one needs quantising";
  return `Together ${formatBytes(needed)} of ${formatBytes(room)}: ${outcome}.`;
}

/**
 * Gradio's hook.
 * @param {MountContext} context
 */
export function mount({ element }) {
  const panel = build();
  rootOf(element).replaceChildren(panel.node);
  /** @type {PanelState} */
  const state = { view: null, available: NONE, error: null, timer: undefined };

  const draw = () => drawPanel(panel, state);
  const refresh = async (withList = false) => {
    clearTimeout(state.timer);
    if (!element.isConnected) return;
    if (!document.hidden) {
      try {
        /** @type {ModelsView} */
        const view = await call("api/models");
        state.view = view;
        if (withList && view.may_operate) state.available = await availableModels();
        state.error = null;
      } catch (error) {
        state.error = errorText(error);
      }
      draw();
    }
    clearTimeout(state.timer);
    const isBusy = state.view?.state === "loading" && !document.hidden;
    state.timer = setTimeout(refresh, isBusy ? BUSY_INTERVAL : IDLE_INTERVAL);
  };
  /** @param {object} body */
  const change = async (body) => {
    try {
      state.view = await call("api/models", { method: "POST", body });
      state.error = null;
      window.dispatchEvent(new CustomEvent("vp-models"));
    } catch (error) {
      state.error = errorText(error);
    }
    draw();
    await refresh();
  };
  panel.details.addEventListener("toggle", () => {
    if (panel.details.open) refresh(true);
  });
  panel.form.addEventListener("submit", (event) => {
    event.preventDefault();
    /** @type {Partial<Record<ModelRole, string>>} */
    const chosen = {};
    for (const role of ROLES) {
      const source = panel.fields[role].typed.value.trim() || panel.fields[role].select.value;
      if (source && source !== state.view?.[role]?.source) chosen[role] = source;
    }
    change(Object.keys(chosen).length ? { action: "switch", ...chosen } : { action: "load" });
  });
  panel.pairs.addEventListener("change", () => {
    const pair = state.available.pairs[Number(panel.pairs.value)];
    if (panel.pairs.value && pair) for (const role of ROLES) panel.fields[role].typed.value = pair[role];
    draw();
  });
  for (const role of ROLES) panel.fields[role].select.addEventListener("change", draw);
  panel.cancel.addEventListener("click", () => change({ action: "cancel" }));
  panel.unload.addEventListener("click", () => change({ action: "unload" }));
  panel.shipped.addEventListener("click", () => change({ action: "shipped" }));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  refresh();
}

async function availableModels() {
  /** @type {AvailableModels} */
  const available = await call("api/models/available");
  return available;
}

function build() {
  const fields = { policy: field("policy", "Policy"), reward_model: field("reward_model", "Reward model") };
  const status = el("p", { class: "vp-models-status", role: "status", hidden: true });
  const failed = el("p", { class: "vp-models-status", role: "status", "data-bad": true, hidden: true });
  const bar = el("progress", { class: "vp-models-bar", max: "1", hidden: true, "aria-label": "Loading" });
  const load = el("button", { class: "vp-btn", type: "submit", text: "Load" });
  const unload = el("button", { class: "vp-btn vp-btn-quiet", type: "button", text: "Unload" });
  const cancel = el("button", { class: "vp-btn vp-btn-quiet", type: "button", text: "Cancel loading", hidden: true });
  const pairs = el("select", { id: "vp-models-pairs" });
  const pairsLabel = el("label", { class: "vp-label", for: "vp-models-pairs", text: "A pair from the paper" });
  const pairsField = el("div", { class: "vp-models-field" }, pairsLabel, pairs);
  const together = el("p", { class: "vp-models-now", hidden: true });
  const form = el(
    "form",
    { class: "vp-models-form" },
    pairsField,
    ...Object.values(fields).map((each) => each.node),
    together,
    el("div", { class: "vp-models-actions" }, load, unload, cancel),
    failed,
  );
  const details = el("details", { class: "vp-card vp-models" }, el("summary", { text: "Models" }), form);
  const shipped = el("button", { class: "vp-btn", type: "button", text: "Load the shipped models", hidden: true });
  const node = el("section", { "aria-label": "Models" }, details, status, shipped, bar);
  const parts = { node, details, form, fields, pairs, pairsField, together };
  return { ...parts, status, failed, bar, load, unload, cancel, shipped };
}

/**
 * @param {ModelRole} role
 * @param {string} label
 */
function field(role, label) {
  const now = el("span", { class: "vp-models-now" });
  const select = el("select", { id: `vp-models-${role}`, "aria-describedby": `vp-models-${role}-now` });
  const typed = el("input", {
    type: "text",
    placeholder: "or a folder, hub name or address",
    "aria-label": `${label}: another folder, hub name or address`,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 1000,
  });
  setAttr(now, "id", `vp-models-${role}-now`);
  const node = el(
    "div",
    { class: "vp-models-field" },
    el("label", { class: "vp-label", for: `vp-models-${role}`, text: label }),
    now,
    select,
    typed,
  );
  return { node, now, select, typed, drawn: "" };
}

/**
 * @param {Panel} panel
 * @param {PanelState} state
 */
function drawPanel(panel, { view, available, error }) {
  const status = error ?? (view ? statusMessage(view) : "");
  setText(panel.status, status);
  show(panel.status, Boolean(status));
  setAttr(panel.status, "data-bad", Boolean(error || view?.state === "failed"));
  if (!view) return;
  setText(panel.failed, failureMessage(view));
  show(panel.failed, Boolean(failureMessage(view)));
  setAttr(panel.node, "data-state", view.state);
  const loading = view.state === "loading";
  show(panel.bar, loading);
  show(panel.cancel, loading && view.may_operate);
  show(panel.shipped, view.state === "failed" && view.may_operate);
  setAttr(panel.bar, "value", progressFraction(view.progress));
  setAttr(panel.node, "aria-busy", loading ? "true" : null);
  for (const role of ROLES) drawField(panel.fields[role], view[role], available.models, role, view.in_turns);
  drawPair(panel, view, available);
  setAttr(panel.details, "data-operable", view.may_operate);
  const busy = loading || !view.may_operate;
  for (const control of [
    panel.load,
    panel.pairs,
    ...Object.values(panel.fields).flatMap((each) => [each.select, each.typed]),
  ])
    setAttr(control, "disabled", busy);
  setAttr(panel.unload, "disabled", busy || (!view.policy && !view.reward_model));
  setAttr(panel.form, "title", view.may_operate ? null : "Only an administrator may change the models.");
}

/**
 * Draws the pairs that can be picked, and whether the two that are chosen fit together.
 * @param {Panel} panel
 * @param {ModelsView} view
 * @param {AvailableModels} available
 */
function drawPair(panel, view, { models, pairs, free_bytes }) {
  show(panel.pairsField, pairs.length > 0);
  if (panel.pairs.options.length !== pairs.length + 1)
    setChildren(panel.pairs, [
      el("option", { value: "", text: "none" }),
      ...pairs.map((pair, place) =>
        el("option", { value: String(place), text: `${pair.policy} with ${pair.reward_model}` }),
      ),
    ]);
  const chosen = ROLES.flatMap(
    (role) => models.find((model) => model.source === panel.fields[role].select.value) ?? [],
  );
  const held = ROLES.reduce((sum, role) => sum + (view[role]?.bytes ?? 0), 0);
  const text = pairText(chosen, free_bytes, held);
  setText(panel.together, text);
  show(panel.together, Boolean(text));
}

/**
 * Draws a role's model. Options change only when the list does, so that an open list is not redrawn under the pointer.
 * @param {Panel["fields"][ModelRole]} field
 * @param {ServedModel | null} served
 * @param {AvailableModel[]} available
 * @param {ModelRole} role
 * @param {boolean} inTurns
 */
function drawField(field, served, available, role, inTurns) {
  setText(field.now, servedModelText(served, inTurns));
  const known = available.some((model) => model.source === served?.source);
  const listed = [...available].sort((one, other) => Number(other.role === role) - Number(one.role === role));
  const rows = [
    ...(served?.source && !known ? [{ source: served.source, text: served.name, disabled: false }] : []),
    ...listed.map((model) => ({
      source: model.source,
      text: modelOptionText(model),
      disabled: model.refusal !== null && model.source !== served?.source,
    })),
  ];
  const drawn = JSON.stringify([served?.source, rows]);
  if (drawn === field.drawn) return;
  field.drawn = drawn;
  setChildren(
    field.select,
    rows.map(({ source, text, disabled }) =>
      el("option", { value: source, text, disabled, selected: source === served?.source }),
    ),
  );
  if (served?.source) field.select.value = served.source;
  field.typed.value = "";
}
