// The nodes of the board, from the banners to the cards, and what lights up with what. Draws no run.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { scoreBall } from "../../assets/scores.js";
import { banner, buildNotice, buildOutdated, buildRefusal } from "./banners.js";
import { buildCards, buildCutOff } from "./cards.js";
import { buildNewest } from "./own_runs.js";
import { buildRunHeader } from "./run_header.js";
import { buildToolbar } from "./toolbar.js";
import { buildVerdict } from "./verdict.js";

const WHAT_A_SCORE_IS =
  "The number beside a step is the probability, in the reward model's judgement, that the step is correct. Pick an " +
  "example, or ask about your own picture.";
const HOW_TO_START =
  "Add an image and a question, or try one of the examples, then press Sample & score. Each solution appears here " +
  "step by step, with a score from the process reward model beside every step.";

/** Builds the board. */
export function buildBoard() {
  const live = el("p", { class: "vp-hidden", role: "status" });
  const message = banner("warning", "alert");
  const notice = buildNotice();
  const verdict = buildVerdict();
  const cards = buildCards(verdict.mark, "vp-solutions-title");
  const cutOff = buildCutOff(verdict.mark);
  const lists = [cards, cutOff.cards];
  verdict.onMark(
    (draw) => {
      for (const list of lists) list.mark(draw);
    },
    (draw) => {
      for (const list of lists) list.goTo(draw);
    },
  );
  const tools = buildToolbar();
  const empty = el(
    "div",
    { class: "vp-empty" },
    scoreBall(0.62, 34),
    el("h2", { text: "Nothing sampled yet" }),
    el("p", {
      text: HOW_TO_START,
    }),
  );
  const refusal = buildRefusal();
  const header = buildRunHeader();
  const outdated = buildOutdated();
  const newest = buildNewest();
  const sentence = el("h2", { class: "vp-sentence" });
  const intro = el("div", { class: "vp-intro" }, sentence, el("p", { text: WHAT_A_SCORE_IS }));
  const parts = [intro, header.node, verdict.node, tools.node, cards.node, cutOff.node];
  const full = el("div", { class: "vp-full", hidden: true }, ...parts);
  const form = el("a", { class: "vp-btn vp-to-form", href: "#vp-form" }, icon("image"), "Ask something else");
  form.addEventListener("click", (event) => {
    event.preventDefault(); // the address keeps the run alone
    document.getElementById("vp-picture")?.scrollIntoView();
  });
  const node = el(
    "div",
    { class: "vp-board" },
    form,
    live,
    newest,
    outdated.node,
    message.node,
    notice.node,
    empty,
    refusal.node,
    full,
  );
  return {
    node,
    live,
    message,
    notice,
    newest,
    outdated,
    intro,
    sentence,
    header,
    verdict,
    cards,
    cutOff,
    tools,
    empty,
    refusal,
    full,
    drawnRun: "",
    scrollWhenDrawn: false,
  };
}
