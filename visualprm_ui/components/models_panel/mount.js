// Which models the server computes with: state, progress, choosing others, load and unload. Labelling never depends on it.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";

const ROLES = [
  ["policy", "Policy"],
  ["reward_model", "Reward model"],
];
const BUSY_INTERVAL = 500;
const IDLE_INTERVAL = 10000;
const GIB = 2 ** 30;

/** "6.1 GiB", "12 MiB"; empty when nobody knows. */
export function formatBytes(bytes) {
  if (bytes === null || bytes === undefined) return "";
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB`;
}

/** What one line says of a served model. */
export function servedModelText(model, inTurns) {
  if (!model) return "none";
  const setChildren = model.resident ? model.device : "waiting in host memory";
  return [
    model.name,
    model.dtype,
    formatBytes(model.bytes),
    inTurns || !model.resident ? `${model.resident ? "now on " : ""}${setChildren}` : setChildren,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The sentence under the panel. */
export function statusMessage(view) {
  const { state, progress, active, message } = view;
  if (state === "loading" && progress) {
    const name = progress.source.split("/").filter(Boolean).pop();
    if (progress.unit === "bytes")
      return progress.total
        ? `Downloading ${name}. ${formatBytes(progress.done)} of ${formatBytes(progress.total)} (${Math.floor(100 * progressFraction(progress))} %)`
        : `Looking for ${name} on the model hub.`;
    return `Loading ${name}.${progress.total ? ` ${progress.done} of ${progress.total} tensors` : ""}`;
  }
  if (state === "loading" && active > 0)
    return `Waiting for ${active} ${active === 1 ? "run" : "runs"} to finish with the models before.`;
  if (state === "loading") return "Loading.";
  if (state === "empty") return "No model is loaded. Labelling goes on without them.";
  if (state === "failed") return message ?? "The models could not be loaded.";
  return view.in_turns ? "Both do not fit the device at once: they take turns." : "";
}

/** Why the newest change failed, said inside the panel only: what is served is as it should be, and others did not ask for it. */
export function failureMessage({ state, message }) {
  return state === "ready" && message ? `${message} The models before stay.` : "";
}

/** How far loading is, 0 to 1; null when it is not known. */
export function progressFraction(progress) {
  return progress?.total ? progress.done / progress.total : null;
}

/** What a choice says: name, size, and whether it fits. */
export function modelOptionText(model) {
  const fit = model.fits.length === 0 ? "does not fit" : model.fits[0] === "none" ? "" : `fits as ${model.fits[0]}`;
  return [model.name, formatBytes(model.needs.none), fit].filter(Boolean).join(" · ");
}

export function mount({ element }) {
  const panel = build();
  element.querySelector(".vp-root").replaceChildren(panel.node);
  const state = { view: null, available: [], error: null, timer: 0 };

  const draw = () => drawPanel(panel, state);
  const refresh = async (withList = false) => {
    clearTimeout(state.timer);
    if (!element.isConnected) return;
    if (!document.hidden) {
      try {
        state.view = await call("api/models");
        if (withList && state.view.may_operate) state.available = (await call("api/models/available")).models;
        state.error = null;
      } catch (error) {
        state.error = error.message;
      }
      draw();
    }
    clearTimeout(state.timer);
    state.timer = setTimeout(
      refresh,
      state.view?.state === "loading" && !document.hidden ? BUSY_INTERVAL : IDLE_INTERVAL,
    );
  };
  const change = async (body) => {
    try {
      state.view = await call("api/models", { method: "POST", body });
      state.error = null;
      window.dispatchEvent(new CustomEvent("vp-models"));
    } catch (error) {
      state.error = error.message;
    }
    draw();
    await refresh();
  };
  panel.details.addEventListener("toggle", () => {
    if (panel.details.open) refresh(true);
  });
  panel.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = {};
    for (const [role] of ROLES) {
      const source = panel.fields[role].typed.value.trim() || panel.fields[role].select.value;
      if (source && source !== state.view?.[role]?.source) chosen[role] = source;
    }
    change(Object.keys(chosen).length ? { action: "switch", ...chosen } : { action: "load" });
  });
  panel.cancel.addEventListener("click", () => change({ action: "cancel" }));
  panel.unload.addEventListener("click", () => change({ action: "unload" }));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  refresh();
}

function build() {
  const fields = Object.fromEntries(ROLES.map(([role, label]) => [role, field(role, label)]));
  const status = el("p", { class: "vp-models-status", role: "status", hidden: true });
  const failed = el("p", { class: "vp-models-status", role: "status", "data-bad": true, hidden: true });
  const bar = el("progress", { class: "vp-models-bar", max: "1", hidden: true, "aria-label": "Loading" });
  const load = el("button", { class: "vp-btn", type: "submit", text: "Load" });
  const unload = el("button", { class: "vp-btn vp-btn-quiet", type: "button", text: "Unload" });
  const cancel = el("button", { class: "vp-btn vp-btn-quiet", type: "button", text: "Cancel loading", hidden: true });
  const form = el(
    "form",
    { class: "vp-models-form" },
    ...Object.values(fields).map((each) => each.node),
    el("div", { class: "vp-models-actions" }, load, unload, cancel),
    failed,
  );
  const details = el("details", { class: "vp-card vp-models" }, el("summary", { text: "Models" }), form);
  const node = el("section", { "aria-label": "Models" }, details, status, bar);
  return { node, details, form, fields, status, failed, bar, load, unload, cancel };
}

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
  setAttr(panel.bar, "value", progressFraction(view.progress));
  setAttr(panel.node, "aria-busy", loading ? "true" : null);
  for (const [role] of ROLES) drawField(panel.fields[role], view[role], available, role, view.in_turns);
  const busy = loading || !view.may_operate;
  for (const control of [panel.load, ...Object.values(panel.fields).flatMap((each) => [each.select, each.typed])])
    setAttr(control, "disabled", busy);
  setAttr(panel.unload, "disabled", busy || (!view.policy && !view.reward_model));
  setAttr(panel.form, "title", view.may_operate ? null : "Only an administrator may change the models.");
}

/** Options change only when the list does, so that an open list is not redrawn under the pointer. */
function drawField(field, served, available, role, inTurns) {
  setText(field.now, servedModelText(served, inTurns));
  const known = available.some((model) => model.source === served?.source);
  const listed = [...available].sort((one, other) => (other.role === role) - (one.role === role));
  const rows = [
    ...(served?.source && !known ? [{ source: served.source, text: served.name }] : []),
    ...listed.map((model) => ({ source: model.source, text: modelOptionText(model) })),
  ];
  const drawn = JSON.stringify([served?.source, rows]);
  if (drawn === field.drawn) return;
  field.drawn = drawn;
  setChildren(
    field.select,
    rows.map(({ source, text }) => el("option", { value: source, text, selected: source === served?.source })),
  );
  if (served?.source) field.select.value = served.source;
  field.typed.value = "";
}
