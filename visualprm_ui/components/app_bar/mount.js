// The bar on top of every page: pages, state of the models (asked of api/status), theme switch, who is labelling.

import { el, rootOf, setAttr, setText, show, svg } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, signInAddress, statusOf } from "../../assets/rest.js";
import { disclosure } from "./disclosure.js";
import { keepInSight } from "./page_links.js";
import { showWaiting } from "./waiting.js";

/** @import { Origin, Role, Status } from "../../assets/api.d.ts" */

/** @typedef {ReturnType<typeof build>} Bar the nodes of the bar */

/** @type {readonly [key: string, path: string, label: string][]} */
const PAGES = [
  ["explore", "./", "Explore"],
  ["annotate", "annotate", "Annotate"],
  ["review", "review", "Review"],
  ["adjudicate", "adjudicate", "Adjudicate"],
  ["dataset", "dataset", "Dataset"],
  ["evaluate", "evaluate", "Evaluate"],
  ["admin", "admin", "Admin"],
];
/**
 * Who is shown a page; whoever opens one by its address is shown it in any case.
 * @type {Record<string, Role[]>}
 */
const SHOWN_TO = {
  review: ["reviewer", "admin"],
  adjudicate: ["reviewer", "admin"],
  dataset: ["reviewer", "admin"],
  evaluate: ["reviewer", "admin"],
  admin: ["admin"],
};
// A reason names folders and hosts in a library's own words: the Models panel gives it, with what can be done.
const FAILED = "The models could not be loaded. Models on Explore says why.";
const KEPT = "The models requested last could not be loaded; these were kept. Models on Explore says why.";
const BUSY_INTERVAL = 1500;
const IDLE_INTERVAL = 10000;

/**
 * Returns what the bar says about the models. `status` null: no answer came.
 * @param {Pick<Status, "engine"> | null} status
 * @returns {{ state: string, text: string, detail: string }}
 */
export function modelStatus(status) {
  if (!status)
    return {
      state: "offline",
      text: "Server not reached",
      detail: "The server cannot be reached. Work that needs no model goes on.",
    };
  const { state, policy, reward_model: rewardModel, message, waiting = 0 } = status.engine;
  const models = `Policy: ${policy || "none"}\nReward model: ${rewardModel || "none"}`;
  const name = shortName(rewardModel) || "Models";
  if (state === "failed")
    return {
      state,
      text: `${name} · failed`,
      detail: [FAILED, models].join("\n"),
    };
  if (state === "empty")
    return { state, text: "No model loaded", detail: "No model is loaded. Labelling goes on without them." };
  if (state !== "ready")
    return {
      state: "loading",
      text: `${name} · loading`,
      detail: [message || "The models are being loaded.", models].join("\n"),
    };
  const queue = waiting > 0 ? ` · ${waiting} waiting` : "";
  return {
    state,
    text: `${name} · ready${queue}`,
    detail: [message ? KEPT : "", models, waiting > 0 ? `${waiting} waiting` : ""].filter(Boolean).join("\n"),
  };
}

/**
 * Returns the last part of a model's path or repository name.
 * @param {string | null} name
 */
export function shortName(name) {
  return (name ?? "")
    .replace(/[/\\]+$/, "")
    .split(/[/\\]/)
    .pop();
}

/**
 * Returns the title of a page's tab, its own name first: of several tabs only that is in sight. Null for pages that
 * have one already.
 * @param {string} page
 */
export function tabTitle(page) {
  const label = PAGES.find(([key]) => key === page)?.[2];
  return label ? `${label} · VisualPRM Workbench` : null;
}

/**
 * Gradio's hook.
 * @param {MountContext<{ value?: { page: string, shut?: boolean } | null }>} context `shut`: a private app tells this
 *   visitor nothing of itself, so it is not asked
 */
export function mount({ element, props }) {
  const root = rootOf(element);
  const page = props.value?.page ?? "explore";
  document.title = tabTitle(page) ?? document.title;
  const bar = build(page);
  root.replaceChildren(bar.node);
  if (props.value?.shut) drawSignedOut(bar);
  else follow(bar, element);
}

/** @param {string} page */
function build(page) {
  const links = PAGES.map(([key, path, label]) =>
    el(
      "a",
      {
        href: address(path),
        "aria-current": key === page ? "page" : null,
        hidden: key in SHOWN_TO && key !== page,
        "data-page": key,
      },
      label,
    ),
  );
  const state = el("span", { class: "vp-pill-text", role: "status", text: "…" });
  const detail = el("div", { class: "vp-pill-detail vp-card", id: "vp-pill-detail", hidden: true });
  const button = el(
    "button",
    {
      class: "vp-pill",
      type: "button",
      "data-state": "loading",
      "aria-expanded": "false",
      "aria-controls": "vp-pill-detail",
    },
    el("span", { class: "vp-dot", "aria-hidden": "true" }),
    state,
  );
  const person = el("div", { class: "vp-person-box" });
  const nav = el("nav", { class: "vp-nav", "aria-label": "Pages" }, ...links);
  keepInSight(nav, links);
  // the other pages show their own
  const title = page === "explore" ? el("h1", { class: "vp-hidden", text: "Explore" }) : null;
  const node = el(
    "header",
    { class: "vp-bar" },
    title,
    el(
      "a",
      { class: "vp-home", href: address("./") },
      logo(),
      el("span", {}, el("b", { text: "VisualPRM" }), el("span", { class: "vp-home-rest", text: " Workbench" })),
    ),
    nav,
    el("div", { class: "vp-bar-end" }, el("div", { class: "vp-pill-box" }, button, detail), themeSwitch(), person),
  );
  disclosure(button, detail);
  return { node, button, state, detail, person, links, isAnnotate: page === "annotate", shownPerson: "" };
}

/** The sign of the product, a Harvey ball, in the colours of the theme. */
function logo() {
  return svg(
    "svg",
    { class: "vp-logo", width: 22, height: 22, viewBox: "0 0 32 32", "aria-hidden": "true", focusable: "false" },
    svg("circle", { cx: 16, cy: 16, r: 15 }),
    svg("circle", { class: "vp-logo-gap", cx: 16, cy: 16, r: 11.6 }),
    svg("path", { d: "M16 16V4.4A11.6 11.6 0 1 1 4.4 16z" }),
  );
}

function themeSwitch() {
  const button = el("button", { class: "vp-btn vp-btn-quiet vp-theme", type: "button" });
  const draw = () => {
    const dark = window.VPTheme?.current() === "dark";
    button.replaceChildren(icon(dark ? "sun" : "moon"));
    setAttr(button, "aria-label", dark ? "Use the light theme" : "Use the dark theme");
    setAttr(button, "title", dark ? "Light theme" : "Dark theme");
  };
  button.addEventListener("click", () => window.VPTheme?.toggle());
  window.addEventListener("vp-theme", draw);
  draw();
  return button;
}

/**
 * Asks for the status while the page is looked at: often while something happens, seldom otherwise.
 * @param {Bar} bar
 * @param {HTMLElement} element
 */
function follow(bar, element) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let wasOffline = false;
  let isSignedOut = false;
  const refresh = async () => {
    clearTimeout(timer);
    if (!element.isConnected) return;
    /** @type {Status | null} */
    let status = null;
    if (!document.hidden) {
      isSignedOut = false;
      status = await call("api/status").catch((error) => {
        isSignedOut = statusOf(error) === 401;
        return null;
      });
      if (isSignedOut) drawSignedOut(bar);
      else drawStatus(bar, status); // null is drawn as "not reached"
      if (status) {
        window.VP = { ...window.VP, status };
        window.dispatchEvent(new Event("vp-status"));
      }
      // what waits for the server need not wait for its own next try
      if (wasOffline && status) window.dispatchEvent(new Event("vp-online"));
      wasOffline = status === null && !isSignedOut;
    }
    const isIdle = document.hidden || isSignedOut || (status?.engine.state === "ready" && !status.engine.waiting);
    clearTimeout(timer);
    timer = setTimeout(refresh, isIdle ? IDLE_INTERVAL : BUSY_INTERVAL);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  window.addEventListener("vp-run", refresh);
  window.addEventListener("vp-models", refresh);
  window.addEventListener("vp-offline", () => {
    wasOffline = true; // somebody else on the page found the server gone, and waits for "vp-online"
    refresh();
  });
  refresh();
}

/**
 * Shows the way in and nothing of the server, which is private.
 * @param {Bar} bar
 */
function drawSignedOut(bar) {
  show(bar.button, false);
  bar.shownPerson = "";
  bar.person.replaceChildren(signInLink());
}

function signInLink() {
  const isHere = location.pathname.endsWith("/account/sign-in");
  return el("a", { class: "vp-btn", href: signInAddress(), hidden: isHere, text: "Sign in" });
}

/**
 * @param {Bar} bar
 * @param {Status | null} status
 */
function drawStatus(bar, status) {
  show(bar.button, !bar.isAnnotate || status?.role !== "annotator"); // whoever labels needs no models
  const { state, text, detail } = modelStatus(status);
  setAttr(bar.button, "data-state", state);
  setText(bar.state, text);
  setText(bar.detail, detail);
  if (status) drawPerson(bar, status);
}

/**
 * Shows who is here: a guest's name, a way to sign in, or a person's menu. Drawn anew only when that changes.
 * @param {Bar} bar
 * @param {Status} status
 */
function drawPerson(bar, { annotator, display_name: name = annotator, kind = "guest", role = "admin", origin = null }) {
  const shown = [annotator, name, kind, role].join("|");
  if (!annotator || bar.shownPerson === shown) return;
  bar.shownPerson = shown;
  for (const link of bar.links)
    if (role !== null && SHOWN_TO[link.dataset.page ?? ""]?.includes(role)) show(link, true);
  if (role !== null && SHOWN_TO.review.includes(role)) showWaiting(bar.links);
  const avatar = [
    el("span", { class: "vp-avatar", "aria-hidden": "true", text: [...name][0].toUpperCase() }),
    el("span", { class: "vp-hidden", text: "You are " }),
    el("span", { class: "vp-person-name", text: name }),
  ];
  if (kind === "person") bar.person.replaceChildren(...menu(avatar, origin));
  else if (role === null) bar.person.replaceChildren(signInLink());
  else bar.person.replaceChildren(el("span", { class: "vp-person" }, ...avatar));
}

/**
 * Signs out, by a module that few visits need.
 * @param {boolean} isOfHub
 */
async function leave(isOfHub) {
  const { signOut } = await import("../account/sign_out.js");
  await signOut(isOfHub);
}

/**
 * @param {Node[]} avatar
 * @param {Origin | null} origin
 */
function menu(avatar, origin) {
  const list = el(
    "div",
    { class: "vp-card vp-menu vp-person-menu", id: "vp-person-menu", hidden: true },
    el("a", { href: address("account"), text: "Account" }),
    el("button", { type: "button", text: "Sign out", onclick: () => leave(origin === "huggingface") }),
  );
  const button = el(
    "button",
    { type: "button", class: "vp-person", "aria-expanded": "false", "aria-controls": "vp-person-menu" },
    ...avatar,
  );
  disclosure(button, list);
  return [button, list];
}
