// What stands over or in place of a result: messages, notices, "from an earlier question", why a run is not shown.

import { el, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address } from "../../assets/rest.js";
import { isPanelUsable, openPanel } from "../models_panel/open.js";

/** @import { IconName } from "../../assets/icons.js" */
/** @import { RunView } from "../../assets/api.d.ts" */
/** @import { BoardParts } from "./mount.js" */

/** What is shown in place of a run that does not exist, or that must not be seen yet. */
export function buildRefusal() {
  const text = el("p");
  const node = el(
    "div",
    { class: "vp-empty", role: "alert", hidden: true },
    icon("blind", 34),
    el("h2", { text: "This run cannot be shown" }),
    text,
    el("a", { class: "vp-btn", href: address("./"), text: "Go to Explore" }),
  );
  return { node, text };
}

/** The banner over a result whose question is not the one that the form asks. */
export function buildOutdated() {
  const { node, text } = banner("info", "status");
  node.classList.add("vp-outdated");
  text.append(el("b", { text: "From an earlier question." }), " The form now asks something else.");
  const back = el(
    "button",
    { class: "vp-btn", type: "button" },
    icon("undo"),
    el("span", { text: "Bring its question back" }),
  );
  node.append(back);
  return { node, back };
}

/** The banner that says why the models cannot be trusted with this input, and the way out. */
export function buildNotice() {
  const { node, text } = banner("info", "note");
  const load = el("button", { class: "vp-btn", type: "button", text: "Load a model", onclick: openPanel });
  node.append(load);
  return { node, text, load };
}

/**
 * @param {IconName} iconName
 * @param {string} role
 */
export function banner(iconName, role) {
  const sign = el("span", {}, icon(iconName));
  const text = el("span");
  return { node: el("div", { class: "vp-banner", role, hidden: true }, sign, text), sign, text };
}

/**
 * @param {BoardParts} board
 * @param {RunView | null} view
 */
export function drawBanners(board, view) {
  const failed = view?.state === "failed";
  const text = view?.message || (failed ? "The run failed. The app’s log says why." : "");
  show(board.message.node, Boolean(text));
  board.message.node.classList.toggle("vp-banner-bad", failed);
  setText(board.message.text, text);
  show(board.notice.node, Boolean(view?.notice));
  setText(board.notice.text, view?.notice ?? "");
  show(board.notice.load, isPanelUsable());
}
