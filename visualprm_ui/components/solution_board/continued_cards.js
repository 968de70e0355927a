// The solutions that go on from steps of a run: below its own, one section for those that were asked for together.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { asRun, countText, intervalText, liveText, originText } from "./branch_facts.js";
import { buildCards } from "./cards.js";

/** @import { Aggregation } from "../../assets/api.d.ts" */
/** @import { ComparedRun } from "./second_scores.js" */
/** @import { continued } from "./branch_facts.js" */

const WHAT_THEY_ARE = "They do not count towards the run's N, vote or pick.";

/** Builds the sections; `draw` updates them. */
export function buildContinued() {
  const title = el("h2", { id: "vp-continued-title", text: "From steps on" });
  const list = el("div", { class: "vp-continued-list" });
  const head = el("div", { class: "vp-continued-head" }, title, el("p", { text: WHAT_THEY_ARE }));
  const attributes = { class: "vp-continued", "aria-labelledby": "vp-continued-title", hidden: true };
  const node = el("section", attributes, head, list);
  /** @type {Map<string, ReturnType<typeof buildGroup>>} */
  const drawn = new Map();

  /**
   * @param {ComparedRun} view
   * @param {Aggregation} aggregation
   * @param {ReturnType<typeof continued>} groups
   */
  const draw = (view, aggregation, groups) => {
    show(node, groups.length > 0);
    const ids = new Set(groups.map(({ id }) => id));
    for (const [id, group] of drawn) {
      if (ids.has(id)) continue;
      group.node.remove();
      drawn.delete(id);
    }
    for (const [place, group] of groups.entries()) {
      let parts = drawn.get(group.id);
      if (!parts) {
        parts = buildGroup(group.id);
        drawn.set(group.id, parts);
        list.append(parts.node);
      }
      drawGroup(parts, view, aggregation, group, place);
    }
  };
  /** @param {string} id of what was asked for together */
  const goTo = (id) => {
    const group = drawn.get(id);
    group?.node.scrollIntoView({ block: "start" });
    group?.title.focus({ preventScroll: true });
  };
  return { node, draw, goTo };
}

/** @param {string} id */
function buildGroup(id) {
  const text = el("span", {});
  const title = el("h3", { id: `vp-continued-${id}`, tabindex: "-1" }, icon("branch", 15), text);
  const count = el("span", { class: "vp-continued-count" });
  const cards = buildCards(() => {}, `vp-continued-${id}`);
  const node = el("div", { class: "vp-continued-group" }, el("p", { class: "vp-continued-line" }, title, count));
  node.append(cards.node);
  return { node, title, text, count, cards };
}

/**
 * @param {ReturnType<typeof buildGroup>} parts
 * @param {ComparedRun} view
 * @param {Aggregation} aggregation
 * @param {ReturnType<typeof continued>[number]} group
 * @param {number} place among the groups
 */
function drawGroup(parts, view, aggregation, group, place) {
  const origin = originText(view, aggregation, group);
  setText(parts.text, origin.charAt(0).toUpperCase() + origin.slice(1));
  const { tally } = group;
  const reached = tally?.reached === null || !tally ? "" : `${countText(tally)} reach ${view.reference}`;
  const told = group.live ? liveText(group.live) : reached && `${reached}, ${intervalText(tally ?? EMPTY)}`;
  setText(parts.count, told);
  setAttr(parts.node, "data-live", group.live !== null);
  const run = asRun(view, group, place);
  const tag = group.edit === null ? `from step ${group.step + 1}` : "after an edit";
  parts.cards.draw({ ...run.view, second: view.second, decorate: view.decorate, origin: tag }, aggregation, run.draws);
}

const EMPTY = { low: null, high: null };
