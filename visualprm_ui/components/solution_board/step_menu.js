// The menu of a step: what can be made from it on. One menu for the whole board; on a phone it is a sheet at the
// bottom.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { AGAIN, COMPLETIONS } from "./branch_facts.js";

/** @import { IconName } from "../../assets/icons.js" */

/**
 * @typedef {"rollouts" | "again" | "edit"} StepAction
 * @typedef {object} StepPlace a step of a card
 * @property {string} solution
 * @property {number} step 0-based
 * @property {string} end why nothing follows the step; "" where something can
 * @property {string} meaning what its score was found to mean; "" where that was not measured
 */

/** @type {Record<string, StepAction>} */
export const STEP_KEYS = { r: "rollouts", a: "again", e: "edit" };

/**
 * Builds the menu; it is drawn inside `board`, which places it.
 * @param {HTMLElement} board
 * @param {(action: StepAction, place: StepPlace) => void} act
 */
export function buildStepMenu(board, act) {
  const hint = el("small", {});
  const items = [
    item("target", `Roll out ${COMPLETIONS} from here`, "R", "rollouts", hint),
    item("again", `Sample ${AGAIN} again from here`, "A", "again"),
    item("edit", "Edit and go on from here", "E", "edit"),
  ];
  const why = el("p", { class: "vp-menu-why" });
  const meaning = el("p", { class: "vp-menu-why" });
  const node = el("div", { class: "vp-card vp-step-menu", role: "menu", hidden: true }, ...items, meaning, why);
  board.append(node);
  /** @type {{ place: StepPlace, button: HTMLElement } | null} */
  let at = null;

  const close = (back = false) => {
    if (!at) return;
    const { button } = at;
    at = null;
    show(node, false);
    setAttr(button, "aria-expanded", "false");
    if (back) button.focus();
  };
  /**
   * @param {StepPlace} place
   * @param {HTMLElement} button
   * @param {{ reference: string | null, refusal: string | null }} run
   */
  const open = (place, button, { reference, refusal }) => {
    close();
    at = { place, button };
    setAttr(button, "aria-expanded", "true");
    setAttr(node, "aria-label", `Step ${place.step + 1}`);
    setText(hint, reference === null ? "which answers they reach" : "how many reach the reference answer");
    for (const each of items) {
      const needsMore = each.dataset.action !== "edit";
      each.disabled = refusal !== null || (needsMore && place.end !== "");
    }
    setText(why, refusal ?? place.end);
    show(why, Boolean(refusal ?? place.end));
    setText(meaning, place.meaning);
    show(meaning, place.meaning !== "");
    show(node, true);
    placeAt(node, board, button);
    items.find((each) => !each.disabled)?.focus();
    if (items.every((each) => each.disabled)) button.focus();
  };
  node.addEventListener("click", (event) => {
    const chosen = event.target instanceof Element ? event.target.closest("button") : null;
    if (!chosen || !at) return;
    const { place } = at;
    close(true);
    act(/** @type {StepAction} */ (chosen.dataset.action), place);
  });
  node.addEventListener("keydown", (event) => {
    const enabled = items.filter((each) => !each.disabled);
    const here = enabled.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && enabled.length) enabled[(here + move + enabled.length) % enabled.length].focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") return close();
    else return undefined;
    event.preventDefault();
    event.stopPropagation();
    return undefined;
  });
  document.addEventListener("pointerdown", (event) => {
    const inside = event.target instanceof Node && (node.contains(event.target) || at?.button.contains(event.target));
    if (!inside) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(true);
  });
  return { node, open, close, opened: () => at };
}

/**
 * @param {IconName} name
 * @param {string} text
 * @param {string} key
 * @param {StepAction} action
 * @param {HTMLElement} [below]
 */
function item(name, text, key, action, below) {
  const words = el("span", {}, text, below);
  const shown = el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: key });
  return el(
    "button",
    { type: "button", role: "menuitem", "data-action": action, "aria-keyshortcuts": key },
    icon(name),
    words,
    shown,
  );
}

/**
 * Places the menu below the button, or above it where there is no room; on a phone the style sheet does.
 * @param {HTMLElement} node
 * @param {HTMLElement} board
 * @param {HTMLElement} button
 */
function placeAt(node, board, button) {
  const frame = board.getBoundingClientRect();
  const { top, bottom, right } = button.getBoundingClientRect();
  const { width, height } = node.getBoundingClientRect();
  const isBelow = bottom + height + 8 < window.innerHeight || top < height + 8;
  node.style.top = `${(isBelow ? bottom + 4 : top - height - 4) - frame.top}px`;
  node.style.left = `${Math.max(0, right - frame.left - width)}px`;
}
