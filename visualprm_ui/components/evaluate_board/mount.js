// The Evaluate page, for reviewers and admins: how good reward models are.

import { el, rootOf } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { openBoard } from "./board.js";

/** @import { Status } from "../../assets/api.d.ts" */

/**
 * Gradio's hook.
 * @param {MountContext} context
 */
export async function mount({ element }) {
  /** @type {Status | null} */
  const status = await call("api/status").catch(() => null);
  const role = status?.role ?? null;
  if (status === null || role === "admin" || role === "reviewer") return openBoard(element, status);
  rootOf(element).replaceChildren(
    el(
      "div",
      { class: "vp-ev" },
      el("h1", { text: "Evaluate" }),
      el("p", { class: "vp-banner", text: "Evaluations are for reviewers and admins. Ask an admin for that role." }),
    ),
  );
  return undefined;
}
