// The list of splits: those in which the reader can judge something first, then how far the others are.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address } from "../../assets/rest.js";
import { moveAmongLinks } from "../label_board/link_list.js";
import { errorShare, whoElse } from "./judgement.js";

/** @import { QueuedSplit, QueuedSplitList, SplitState } from "../../assets/api.d.ts" */

/** @type {Record<SplitState, string>} */
const STATES = {
  labelling: "being labelled",
  review: "only your own labels are left to judge",
  accepted: "accepted",
  returned: "sent back, being labelled again",
};

/**
 * @param {QueuedSplitList} answer
 * @param {string} said what became of the split that was open
 */
export function splitListScreen({ splits, others: reviewers }, said) {
  const ready = splits.filter(({ judgeable }) => judgeable);
  const others = splits.filter(({ judgeable }) => !judgeable);
  const isOwnWorkLeft = others.some(({ state }) => state === "review");
  const node = el(
    "div",
    { class: "vp-lb-screen" },
    el(
      "div",
      { class: "vp-lb-screen-body" },
      el("h1", { class: "vp-lb-screen-title", tabindex: "-1", text: "Review" }),
      said ? el("p", { class: "vp-banner", role: "status" }, icon("check"), el("span", { text: said })) : null,
      ready.length > 0
        ? el("ul", { class: "vp-lb-queues", "aria-label": "Ready for review" }, ...ready.map(readyLink))
        : el(
            "div",
            { class: "vp-lb-empty" },
            icon("check", 24),
            el("h2", { text: isOwnWorkLeft ? "Nothing for you to review" : "Nothing to review" }),
            el("p", {
              text: isOwnWorkLeft
                ? `Only your own labels are left. ${whoElse(reviewers)}`
                : "A split is ready for review once all of it is labelled.",
            }),
          ),
      others.length > 0 ? el("h2", { class: "vp-rv-others", text: "Other splits" }) : null,
      others.length > 0 ? el("ul", { class: "vp-rv-list" }, ...others.map(otherLine)) : null,
    ),
  );
  moveAmongLinks(node);
  return node;
}

/** @param {QueuedSplit} split */
function splitAddress({ queue, split }) {
  return address(`review?${new URLSearchParams({ queue, split: String(split) })}`);
}

/** @param {QueuedSplit} each */
function readyLink(each) {
  const { title, split, round, sample, reviewed, wrong, total } = each;
  const about = [
    `split ${split + 1}`,
    round > 1 ? `round ${round}` : "",
    `${sample} of ${total} solutions to judge`,
    reviewed > 0 ? `${errorShare(wrong, reviewed)} not right` : "",
  ];
  return el(
    "li",
    {},
    el(
      "a",
      { class: "vp-card vp-lb-queue", href: splitAddress(each), "data-view": "" },
      el(
        "span",
        { class: "vp-rv-name" },
        el("span", { class: "vp-lb-queue-title", dir: "auto", text: title }),
        el("span", { class: "vp-rv-about", text: about.filter(Boolean).join(" · ") }),
      ),
      el(
        "span",
        { class: "vp-lb-progress", "aria-hidden": "true" },
        el("span", { class: "vp-lb-progress-fill", style: `width:${sample ? (100 * reviewed) / sample : 0}%` }),
      ),
      el("span", { class: "vp-lb-queue-count", text: `${reviewed} of ${sample}` }),
      el("span", { class: "vp-lb-queue-go" }, reviewed > 0 ? "Go on" : "Start", icon("right", 14)),
    ),
  );
}

/** @param {QueuedSplit} each */
function otherLine(each) {
  const { title, split, state, done, total, reviewed, sample, wrong } = each;
  const name = `${title}, split ${split + 1}`;
  const outcome = {
    labelling: `${done} of ${total}`,
    returned: `${done} of ${total}`,
    review: `${sample - reviewed} of ${sample}`,
    accepted: `${errorShare(wrong, reviewed)} not right`,
  };
  return el(
    "li",
    {},
    state === "accepted" || state === "review"
      ? el("a", { href: splitAddress(each), "data-view": "", dir: "auto", text: name })
      : el("span", { dir: "auto", text: name }),
    el("span", { class: "vp-rv-about", text: `${STATES[state]}, ${outcome[state]}` }),
  );
}
