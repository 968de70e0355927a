// The head of a run: whose result this is. Pictures, question, reference answer, models, settings, cost, time; and what
// can be done with the run.

import { el, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { imageAddress } from "../../assets/rest.js";
import { showAnswer, showText } from "../../assets/rich_text.js";
import { closeElsewhere } from "../app_bar/disclosure.js";
import { pictureNames } from "./picture_names.js";
import { countToLabel, EXAMPLE_RUN, isLive, seconds, startedText } from "./run_facts.js";

/** @import { RunView, SolutionCard } from "../../assets/api.d.ts" */

const EDGE = 96; // pixels, as in the lists, which have fetched it already; shown at 60

/** Builds the head; `draw` updates it. */
export function buildRunHeader() {
  const pictures = el("div", { class: "vp-run-pictures" });
  const question = el("div", { class: "vp-run-problem", dir: "auto" });
  const referenceAnswer = el("b");
  const reference = el(
    "div",
    { class: "vp-run-reference" },
    el("dt", { text: "Reference answer " }),
    el("dd", {}, referenceAnswer),
  );
  const facts = el("dl", { class: "vp-run-facts" });
  const copy = el(
    "button",
    { class: "vp-btn", type: "button", hidden: true },
    icon("link"),
    el("span", { text: "Copy link" }),
  );
  const sharePlace = el("span", { hidden: true });
  const labelText = el("span", { text: "Label" });
  const label = el("button", { class: "vp-btn", type: "button" }, icon("label"), labelText);
  const json = el("button", { type: "button", text: "JSON, everything" });
  const markdown = el("button", { type: "button", text: "Markdown, to read" });
  const picture = el("button", { type: "button", text: "PNG, a picture" });
  const download = el(
    "details",
    { class: "vp-download" },
    el("summary", { class: "vp-btn" }, icon("download"), el("span", { text: "Download" })),
    el("div", { class: "vp-card vp-download-menu" }, json, markdown, picture),
  );
  closeElsewhere(download);
  const actions = el("div", { class: "vp-actions" }, copy, sharePlace, download, label);
  const error = el("p", { class: "vp-tools-error", role: "alert", hidden: true });
  const node = el(
    "section",
    { class: "vp-card vp-run-header", "aria-labelledby": "vp-run-title" },
    el("h2", { class: "vp-hidden", id: "vp-run-title", text: "This run" }),
    pictures,
    el("div", { class: "vp-run-body" }, question, facts),
    actions,
    error,
  );
  let drawnPictures = "";
  /** @type {Promise<ReturnType<typeof import("./share.js").buildShare>> | null} */
  let share = null; // its code comes with the first run but the example, which nobody shares

  /** @param {RunView} view */
  const drawShare = async (view) => {
    if (share === null && view.run === EXAMPLE_RUN) return;
    share ??= import("./share.js").then(({ buildShare }) => {
      const built = buildShare(copy);
      sharePlace.replaceWith(built.node);
      return built;
    });
    (await share).draw(view);
  };

  /**
   * @param {RunView} view
   * @param {SolutionCard[]} others that go on from steps of its own
   */
  const draw = (view, others) => {
    if (drawnPictures !== view.images.join()) {
      drawnPictures = view.images.join();
      pictures.replaceChildren(...view.images.map(pictureLink));
      show(pictures, view.images.length > 0);
    }
    showText(question, view.question, pictureNames(view));
    if (view.reference) showAnswer(referenceAnswer, view.reference);
    setChildren(facts, [...(view.reference ? [reference] : []), ...factNodes(view, facts)]);
    show(label, !isLive(view) && view.run !== EXAMPLE_RUN);
    show(download, !isLive(view));
    drawShare(view);
    if (!label.hasAttribute("aria-busy")) drawLabel(view, others);
  };
  /**
   * @param {RunView} view
   * @param {SolutionCard[]} [others]
   */
  const drawLabel = (view, others) => {
    const count = countToLabel(view, others);
    setText(labelText, `Label ${count}`);
    label.disabled = isLive(view) || count === 0;
    setAttr(label, "title", `Queue ${plural(count, "different solution")} for labelling`);
  };
  return { drawLabel, node, actions, copy, download, json, markdown, picture, label, error, draw };
}

/**
 * @param {string} sha
 * @param {number} index
 */
function pictureLink(sha, index) {
  const image = el("img", { src: imageAddress(sha, EDGE), alt: `Picture ${index + 1} of the question`, height: 60 });
  return el("a", { href: imageAddress(sha), target: "_blank", rel: "noopener" }, image);
}

/**
 * Returns the nodes of what is known of the run; those that stand there already are used again.
 * @param {RunView} view
 * @param {HTMLElement} facts
 */
function factNodes(view, facts) {
  const nodes = runFacts(view).map(([name, value]) => {
    const node = factNode(name, facts);
    setText(node.lastChild, value);
    setAttr(node, "title", name === "When" ? view.created_at : null);
    return node;
  });
  if (!askedServers(view)) return nodes;
  const servers = factNode("Servers", facts);
  import("../../assets/server_usage.js").then(({ usageText }) => setText(servers.lastChild, usageText(view.usage)));
  return [...nodes, servers];
}

/**
 * Whether a run has ended for which model servers were asked.
 * @param {RunView} view
 */
export function askedServers(view) {
  return !isLive(view) && view.usage.length > 0;
}

/**
 * @param {string} name
 * @param {HTMLElement} facts that may hold it already
 */
function factNode(name, facts) {
  const old = facts.querySelector(`[data-fact="${name || "cost"}"]`);
  if (old instanceof HTMLElement) return old;
  return el("div", { "data-fact": name || "cost" }, el("dt", { text: name }), el("dd"));
}

/**
 * Returns names and values of what is known of a run; the name of its cost is empty, as it speaks for itself.
 * @param {RunView} view
 * @returns {[name: string, value: string][]}
 */
export function runFacts(view) {
  const { models, sampling, search } = view;
  const cost =
    isLive(view) || view.seconds === null
      ? ""
      : `${seconds(view.seconds)}${view.tokens ? ` · ${view.tokens.toLocaleString("en")} tokens` : ""}`;
  /** @type {[string, string][]} */
  const all = [
    ["Policy", models.policy ?? ""],
    ["Reward model", models.reward_model ?? ""],
    search
      ? ["Guided search", `up to ${plural(search.width, "path")} × ${search.expansions} a step`]
      : ["N", String(sampling.n)],
    ["T", String(sampling.temperature)],
    ["seed", String(sampling.seed)],
    ["", cost],
    ["When", view.run === EXAMPLE_RUN ? "" : startedText(view.created_at)],
  ];
  return all.filter(([, value]) => value !== "");
}
