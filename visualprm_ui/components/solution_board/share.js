// Who can open the run on the board, and changing that: a button with a panel, for whoever started the run and for
// admins. Others, and everybody where nobody signs in, copy the link.

import { el, selectedField, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";
import { disclosure } from "../app_bar/disclosure.js";
import { runLink } from "./run_actions.js";
import { EXAMPLE_RUN } from "./run_facts.js";

/** @import { OpensFor, RunView, Sharing } from "../../assets/api.d.ts" */

/** @type {Record<OpensFor, string>} */
const WHO = {
  everybody: "Everybody who reaches this app can open this run.",
  maker: "Only whoever started this run can open it, besides reviewers and admins.",
  link: "Everybody who has the link can open this run, without signing in.",
  signed_in: "Everybody who has the link and an account here can open this run.",
};
const ALSO = "Whoever labels here can then label its solutions too. Other runs stay as they are.";

/**
 * Whether whoever is here is offered to share the run, and not merely to copy its link.
 * @param {Sharing | null} sharing null: the server has not said
 */
export function isOffered(sharing) {
  return sharing?.may_change === true && sharing.opens_for !== "everybody";
}

/**
 * Builds the control; `draw` shows it for a run, and `copyAlone` where it is not offered.
 * @param {HTMLElement} copyAlone the button that copies the link
 */
export function buildShare(copyAlone) {
  const name = el("span", { text: "Share" });
  const button = el(
    "button",
    { class: "vp-btn", type: "button", "aria-expanded": "false", "aria-controls": "vp-share-panel" },
    icon("link"),
    name,
  );
  const who = el("p", { class: "vp-share-who" });
  const also = el("p", { class: "vp-share-note", text: ALSO });
  const link = selectedField("", { "aria-label": "Link to this run" });
  const status = el("p", { class: "vp-share-note", role: "status" });
  const action = (/** @type {string} */ text, /** @type {() => Promise<string>} */ work, look = "") =>
    actionButton(text, work, status, look);
  const share = action("Share and copy the link", () => change("POST"), "vp-btn-primary");
  const copy = action("Copy the link", () => copied(link));
  const stop = action("Stop sharing", () => change("DELETE"));
  const panel = el(
    "div",
    { class: "vp-card vp-share-panel", id: "vp-share-panel", hidden: true },
    who,
    also,
    link,
    el("div", { class: "vp-share-row" }, share, copy, stop),
    status,
  );
  const node = el("div", { class: "vp-share", hidden: true }, button, panel);
  disclosure(button, panel);
  let run = ""; // that was asked about last

  /** @param {Sharing | null} sharing */
  const drawSharing = (sharing) => {
    const isShared = sharing !== null && sharing.opens_for !== "maker";
    show(node, isOffered(sharing));
    show(copyAlone, !isOffered(sharing));
    setText(name, isShared ? "Shared" : "Share");
    setText(who, sharing ? WHO[sharing.opens_for] : "");
    for (const part of [link, copy, stop]) show(part, isShared);
    for (const part of [also, share]) show(part, !isShared);
  };
  /** @param {"POST" | "DELETE"} method */
  const change = async (method) => {
    drawSharing(await call(`api/runs/${encodeURIComponent(run)}/share`, { method }));
    (method === "POST" ? copy : share).focus(); // what was pressed is hidden now
    return method === "POST"
      ? `Shared. ${await copied(link)}`
      : "No longer shared: the link now works only for you, reviewers and admins.";
  };
  /** @param {RunView} view */
  const draw = async (view) => {
    if (run === view.run) return;
    run = view.run;
    link.value = runLink(run);
    setText(status, "");
    for (const part of [node, copyAlone]) show(part, false);
    if (run === EXAMPLE_RUN) return;
    /** @type {Sharing | null} */
    const sharing = await call(`api/runs/${encodeURIComponent(run)}/share`).catch(() => null);
    if (run === view.run) drawSharing(sharing);
  };
  return { node, draw };
}

/**
 * Returns a button that runs `work` once at a time and says what it returns, or why it failed.
 * @param {string} text
 * @param {() => Promise<string>} work
 * @param {HTMLElement} status
 * @param {string} look
 */
function actionButton(text, work, status, look) {
  let isBusy = false; // not `disabled`: that would take the focus away
  const act = async () => {
    if (isBusy) return;
    isBusy = true;
    setText(status, await work().catch(errorText));
    isBusy = false;
  };
  return el("button", { class: `vp-btn ${look}`, type: "button", text, onclick: act });
}

/** @param {HTMLInputElement} link */
async function copied(link) {
  try {
    await navigator.clipboard.writeText(link.value);
    return "Link copied.";
  } catch {
    return "The browser does not let this page copy: copy the link above.";
  }
}
