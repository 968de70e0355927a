// What is shown before anything was evaluated: one button that measures the loaded reward model, and what else there
// is.

import { el, setText, svg } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call, errorText } from "../../assets/rest.js";
import { openNew } from "./evaluation_actions.js";
import { KINDS } from "./kinds.js";
import { whyNot } from "./start_button.js";

/** @import { Evaluation } from "../../assets/api.d.ts" */
/** @import { PageContext } from "./board.js" */

/**
 * @param {PageContext} context
 * @param {(started: Evaluation) => void} started
 */
export function emptyList({ isAdmin, status }, started) {
  const model = (status?.engine.reward_model ?? "").split("/").filter(Boolean).pop() ?? "the reward model";
  const error = el("p", { class: "vp-ev-bad", role: "alert" });
  const run = el(
    "button",
    { type: "button", class: "vp-btn vp-btn-primary" },
    icon("play"),
    el("span", { text: "Run the nano benchmark" }),
  );
  run.addEventListener("click", async () => {
    run.disabled = true;
    setText(error, "");
    try {
      started(await call("api/evaluations/nano", { method: "POST" }));
    } catch (caught) {
      setText(error, errorText(caught));
      run.disabled = false;
    }
  });
  const why = isAdmin ? whyNot(status) : "Nothing has been evaluated yet. An admin can start an evaluation.";
  const node = el(
    "div",
    { class: "vp-ev-page" },
    el(
      "section",
      { class: "vp-ev-empty" },
      picture(),
      el("h2", { text: "How good is the reward model that is loaded?" }),
      el(
        "p",
        {},
        "Measure ",
        el("b", { text: model }),
        " on the built-in nano benchmark: generated problems whose steps a checker labels exactly. ",
        "Nothing to download.",
      ),
      why === null ? run : el("p", { class: "vp-ev-note", text: why }),
      error,
    ),
    el(
      "div",
      { class: "vp-card vp-ev-strip vp-ev-kinds" },
      ...KINDS.map(({ kind, icon: picture, title, about, question }) =>
        el(
          "div",
          {},
          icon(picture),
          el("h2", { text: title }),
          el("p", { class: "vp-ev-note", text: `${question} ${about}` }),
          isAdmin && why === null
            ? el("button", {
                type: "button",
                class: "vp-btn",
                text: "Choose a set",
                onclick: () => openNew(null, started, kind).catch((caught) => setText(error, errorText(caught))),
              })
            : null,
        ),
      ),
    ),
    el(
      "p",
      { class: "vp-ev-note" },
      "To measure on VisualProcessBench, import its ",
      el("code", { text: "test.jsonl" }),
      " and images on ",
      el("a", { class: "vp-ev-link", href: address("dataset"), text: "Dataset" }),
      " first; to measure another model, load it under ",
      el("a", { class: "vp-ev-link", href: address("./"), text: "Models on Explore" }),
      ".",
    ),
  );
  return { node };
}

/** What will be known: where the model stands, against a coin. */
function picture() {
  const word = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ text) =>
    svg("text", { class: "sans two small", x, y, "text-anchor": "middle", text });
  return svg(
    "svg",
    { class: "vp-ev-chart", width: 260, height: 52, viewBox: "0 0 260 52", "aria-hidden": "true", focusable: "false" },
    svg("line", { class: "rule", x1: 0, x2: 260, y1: 27, y2: 27 }),
    svg("line", { class: "floor", x1: 48, x2: 48, y1: 19, y2: 35 }),
    svg("line", { class: "dashed", x1: 152, x2: 204, y1: 27, y2: 27 }),
    svg("circle", { class: "hollow", cx: 178, cy: 27, r: 6 }),
    word(48, 48, "coin"),
    word(178, 12, "your reward model"),
  );
}
