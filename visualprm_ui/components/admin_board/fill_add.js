// What would be added to a project, said before it is.

import { el, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { whyLeftOut } from "../dataset_board/left_out.js";
import { actionButton, post } from "./actions.js";

/** @import { SolutionSpread } from "../../assets/api.d.ts" */
/** @import { LeftOut } from "../dataset_board/left_out.js" */
/** @import { PartContext } from "./project_page.js" */

/**
 * Returns the line that says what would be added, and the button that adds it.
 * @param {() => object | null} body of the request; null: nothing is chosen
 * @param {string} nothing what is said then
 * @param {PartContext} context
 * @param {(spread: SolutionSpread | null) => void} [showSpread] is told how what is found is distributed
 */
export function addLine(body, nothing, { path, status, done }, showSpread = () => {}) {
  const said = el("p", { class: "vp-pp-add-text", role: "status", text: nothing });
  const add = actionButton(
    "Add",
    async () => {
      /** @type {LeftOut & { added: number }} */
      const { added, ...rest } = await post(`${path}/items`, body() ?? {});
      await done([`${plural(added, "solution")} added.`, whyLeftOut(rest)].filter(Boolean).join(" "));
    },
    status,
    { class: "vp-btn vp-btn-primary", disabled: true },
  );
  let latest = 0;
  const update = async () => {
    latest += 1;
    const turn = latest;
    const wanted = body();
    add.disabled = true;
    if (wanted === null) {
      setText(add, "Add");
      showSpread(null);
      return setText(said, nothing);
    }
    /** @type {LeftOut & { matching: number, added: number, spread: SolutionSpread }} */
    const found = await post(`${path}/items/preview`, wanted);
    if (turn !== latest) return undefined; // something else was chosen meanwhile
    add.disabled = found.added === 0;
    showSpread(found.spread);
    setText(add, found.added ? `Add ${found.added.toLocaleString("en")}` : "Add");
    return setText(said, previewText(found));
  };
  const node = el("div", { class: "vp-pp-add" }, said, add);
  return { node, update };
}

/** @param {LeftOut & { matching: number, added: number }} found */
export function previewText({ matching, added, ...rest }) {
  if (matching === 0) return "No solution matches.";
  if (rest.present === matching)
    return matching === 1 ? "It is in the project already." : "All of them are in the project already.";
  const what = added === 0 ? "Nothing would be added." : `${plural(added, "solution")} would be added.`;
  return [what, whyLeftOut(rest)].filter(Boolean).join(" ");
}
