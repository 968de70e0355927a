// The list of solutions on which people differ, the most differing first.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { address } from "../../assets/rest.js";
import { lineOf } from "../../assets/rich_text.js";
import { problemCell, queueOptions } from "../dataset_board/list_controls.js";
import { moveAmongLinks } from "../label_board/link_list.js";
import { leftText } from "./disputed_steps.js";

/** @import { Disagreement, DisagreementPage, QueueProgress } from "../../assets/api.d.ts" */

/**
 * @param {DisagreementPage} page
 * @param {object} about
 * @param {QueueProgress[]} about.queues
 * @param {URLSearchParams} about.query
 * @param {string} about.said what was done before
 * @param {(query: URLSearchParams) => void} about.navigate
 */
export function disagreementListScreen({ solutions, total, next }, { queues, query, said, navigate }) {
  const decided = query.get("decided") === "true";
  const kept = keptQuery(query);
  const further = new URLSearchParams(kept);
  if (next !== null) further.set("after", next);
  const node = el(
    "div",
    { class: "vp-lb-screen" },
    el(
      "div",
      { class: "vp-lb-screen-body" },
      el("h1", { class: "vp-lb-screen-title", tabindex: "-1", text: "Adjudicate" }),
      said ? el("p", { class: "vp-banner", role: "status" }, icon("check"), el("span", { text: said })) : null,
      filters(queues, query, navigate),
      ...(solutions.length > 0
        ? [
            el("p", {
              class: "vp-rv-about",
              text: decided ? `${plural(total, "solution")} on which people differ` : leftText(total),
            }),
            el("ul", { class: "vp-lb-queues" }, ...solutions.map((each) => line(each, kept))),
          ]
        : [nothing(query, decided)]),
      next === null
        ? null
        : el("a", { class: "vp-btn", href: address(`adjudicate?${further}`), "data-view": "", text: "More" }),
    ),
  );
  moveAmongLinks(node);
  return node;
}

/**
 * @param {URLSearchParams} query
 * @param {boolean} decided whether decided ones would be listed too
 */
function nothing(query, decided) {
  const all = keptQuery(query);
  all.set("decided", "true");
  return el(
    "div",
    { class: "vp-lb-empty" },
    icon("check", 24),
    el("h2", { text: decided ? "No disagreements" : "Nothing to decide" }),
    el("p", { text: "A solution is listed here once two people have labelled it and differ on a step." }),
    decided
      ? null
      : el("a", {
          class: "vp-btn",
          href: address(`adjudicate?${all}`),
          "data-view": "",
          text: "See what has been decided",
        }),
  );
}

/**
 * What an address of the list and of its items has in common.
 * @param {URLSearchParams} query
 */
export function keptQuery(query) {
  const kept = ["queue", "decided"].map((name) => [name, query.get(name) ?? ""]);
  return new URLSearchParams(kept.filter(([, value]) => value !== ""));
}

/**
 * @param {QueueProgress[]} queues
 * @param {URLSearchParams} query
 * @param {(query: URLSearchParams) => void} navigate
 */
function filters(queues, query, navigate) {
  const option =
    (/** @type {string} */ name) =>
    (/** @type {[string, string]} */ [value, text]) =>
      el("option", { value, text, selected: (query.get(name) ?? "") === value });
  const form = el(
    "form",
    { class: "vp-ad-filters vp-fields" },
    el(
      "label",
      {},
      el("span", { class: "vp-label", text: "Queue" }),
      el("select", { name: "queue" }, ...queueOptions(queues).map(option("queue"))),
    ),
    el(
      "label",
      {},
      el("span", { class: "vp-label", text: "State" }),
      el(
        "select",
        { name: "decided" },
        ...[
          /** @type {[string, string]} */ (["", "To decide"]),
          /** @type {[string, string]} */ (["true", "Decided ones too"]),
        ].map(option("decided")),
      ),
    ),
  );
  form.addEventListener("change", () => {
    const values = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    navigate(new URLSearchParams(values.filter(([, value]) => value !== "")));
  });
  return form;
}

/**
 * @param {Disagreement} disagreement
 * @param {URLSearchParams} kept
 */
function line({ solution, question, image, annotators, differing, decided }, kept) {
  const search = new URLSearchParams(kept);
  search.set("id", solution);
  const [first, ...further] = differing;
  const more = further.length > 0 ? `and ${plural(further.length, "more step")}` : "";
  return el(
    "li",
    {},
    el(
      "a",
      { class: "vp-card vp-lb-queue vp-ad-line", href: address(`adjudicate?${search}`), "data-view": "" },
      el(
        "span",
        { class: "vp-ad-what" },
        problemCell(image, question),
        lineOf("span", `Step ${first.step + 1}: ${first.text}`, { class: "vp-rv-about vp-ad-step" }),
      ),
      el("span", { class: "vp-rv-about", text: [annotators.join(", "), more].filter(Boolean).join(" · ") }),
      el("span", { class: "vp-lb-queue-go" }, decided ? "Look" : "Decide", icon("right", 14)),
    ),
  );
}
