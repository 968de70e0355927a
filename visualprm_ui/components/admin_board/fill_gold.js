// Items whose labels are known: the entry quiz, and the gold items that are hidden among the others.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { call } from "../../assets/rest.js";
import { actionButton, field, post, select } from "./actions.js";
import { adminLink, partPath } from "./project_address.js";

/** @import { GoldItems } from "../../assets/api.d.ts" */
/** @import { PartContext } from "./project_page.js" */

const USUAL = 10;
const ANY = ""; // but the built-in benchmark
const NO_LABELS =
  "Nothing stored has labels yet. Import a labelled file on Dataset, into no project, or label some solutions " +
  "yourself: the final labels on a solution’s page count as known.";

/**
 * Returns the card.
 * @param {PartContext} context
 */
export async function goldCard({ path, progress, status, done }) {
  /** @type {GoldItems} */
  const found = await call(`${path}/gold`);
  const head = [
    el("h3", { text: "Items with known labels" }),
    el("p", {
      text:
        "They tell how well people label: an entry quiz comes first, hidden gold items come between the others. They " +
        "are drawn at random, half of them with a wrong step where there are enough.",
    }),
    el("p", { class: "vp-status-line", text: itemsText(found) }),
  ];
  const attributes = { class: "vp-card vp-pp-card", "aria-label": "Items with known labels" };
  if (found.sources.length === 0)
    return el("section", attributes, ...head, el("p", { class: "vp-status-line", text: NO_LABELS }));
  const source = select("source", [[ANY, "any source"], ...found.sources.map(toOption)], ANY);
  const count = el("input", { type: "number", min: "1", max: "1000", step: "1", value: String(USUAL) });
  /**
   * @param {string} text
   * @param {"quiz" | "gold"} role
   * @param {import("../../assets/dom.js").Attributes} [attributes]
   */
  const draw = (text, role, attributes = {}) =>
    actionButton(
      text,
      async () => {
        if (!count.reportValidity()) return;
        const wanted = Number(count.value);
        const chosen = found.sources[Number(source.value)]?.data_source ?? null;
        const body = { role, count: wanted, ...(source.value === ANY ? {} : { data_sources: [chosen] }) };
        /** @type {{ solutions: string[] }} */
        const { solutions } = await post(`${path}/gold/draw`, body);
        await done(drawnText(role, solutions.length, wanted));
      },
      status,
      attributes,
    );
  const hasQuiz = progress.options.quiz_pass !== null;
  return el(
    "section",
    attributes,
    ...head,
    el(
      "div",
      { class: "vp-pp-filter vp-pp-gold-draw" },
      field("Labelled solutions of", source),
      field("How many", count),
      el(
        "div",
        { class: "vp-button-row" },
        draw("Draw for the entry quiz", "quiz", { disabled: !hasQuiz }),
        draw("Draw as hidden gold items", "gold"),
      ),
    ),
    hasQuiz
      ? ""
      : el(
          "p",
          { class: "vp-status-line" },
          "The project has no entry quiz. ",
          adminLink(partPath(progress.project, "setup"), {}, "Set the share to get right"),
          " to have one.",
        ),
  );
}

/** @param {Pick<GoldItems, "quiz" | "gold">} items */
export function itemsText({ quiz, gold }) {
  if (quiz === 0 && gold === 0) return "The project has none yet.";
  const parts = [quiz ? plural(quiz, "quiz item") : "", gold ? plural(gold, "hidden gold item") : ""];
  return `The project has ${parts.filter(Boolean).join(" and ")}.`;
}

/**
 * Says what was drawn, and why there may be fewer than were asked for.
 * @param {"quiz" | "gold"} role
 * @param {number} drawn
 * @param {number} wanted
 */
export function drawnText(role, drawn, wanted) {
  const what = plural(drawn, role === "quiz" ? "quiz item" : "hidden gold item");
  const fewer = drawn < wanted ? " No other solution is free and has a known label for every step." : "";
  return `${what} added.${fewer}`;
}

/**
 * @param {GoldItems["sources"][number]} source
 * @param {number} index
 * @returns {[value: string, text: string]}
 */
function toOption({ data_source: name, solutions }, index) {
  return [String(index), `${name ?? "no source"} (${solutions.toLocaleString("en")})`];
}
