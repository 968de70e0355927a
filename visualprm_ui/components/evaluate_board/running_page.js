// An evaluation that goes on, or was stopped: how far it is, and only what needs no label, so that nobody stops it at a
// lucky moment. Its figures come under the same address once all is scored.

import { el, setAttr, setText, show as showNode } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { isUnfinished } from "../transfer_panel/job_text.js";
import { actionButton, askToRemove, cancel, canResume, openNew, pathOf, resume } from "./evaluation_actions.js";
import { counted, countText, points, thresholdText } from "./figures.js";
import { factsOf, pageHead, warnings } from "./page_head.js";
import { poll } from "./poll.js";
import { recordStrip } from "./record.js";
import { rowNoun, secondsEach, stateWords } from "./state_words.js";

/** @import { Evaluation } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "./board.js" */

/**
 * Shows the page.
 * @param {Evaluation} first
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
export async function show(first, { isAdmin, signal, reload, navigate }) {
  let now = first;
  const path = pathOf(first);
  const status = el("p", { class: "vp-ev-note", role: "status" });
  const say = (/** @type {string} */ text) => setText(status, text);
  const act = (/** @type {(evaluation: Evaluation) => Promise<void>} */ work) => async () => {
    await work(now);
    ask();
  };
  const stop = actionButton("Cancel", "stop", act(cancel), say);
  const goOn = actionButton("Resume", "play", act(resume), say, "vp-btn-primary");
  const again = actionButton(
    "Run again",
    "play",
    () => openNew(now, ({ id }) => navigate(new URLSearchParams({ id }))),
    say,
  );
  const remove = actionButton(
    "Remove…",
    "trash",
    async () => askToRemove(now, () => navigate(new URLSearchParams())),
    say,
  );
  const [rows, total, note] = [el("span", {}), el("small", {}), el("p", { class: "vp-ev-interval" })];
  const [word, reason] = [el("h3", {}), el("p", { class: "vp-banner vp-banner-bad", role: "alert", hidden: true })];
  const bar = el("progress", { class: "vp-ev-bar", max: 1, "aria-label": "Progress" });
  const health = el("dl", { class: "vp-ev-facts" });
  const strip = el(
    "section",
    { class: "vp-card vp-ev-strip vp-ev-running", "aria-label": "Progress" },
    bar,
    el("div", {}, word, el("p", { class: "vp-ev-big" }, rows, total), note),
    el(
      "div",
      {},
      el("h3", { text: now.kind === "step_benchmark" ? "Macro-F1, pooled" : "Headline" }),
      el("p", { class: "vp-ev-big vp-ev-none", text: points(now.headline?.figure.value) }),
      el("p", {
        class: "vp-ev-interval",
        text: now.headline ? "as before, until it is done again" : "once all are scored",
      }),
    ),
    now.headline ? triedAgain() : withheld(now),
  );
  const warned = el("div", { class: "vp-ev-page" });
  const facts = el("span", { class: "vp-ev-facts-line" });
  const node = el(
    "div",
    { class: "vp-ev-page" },
    pageHead(now.title, now.title, [facts], isAdmin ? [stop, goOn, again, remove] : []),
    status,
    reason,
    recordStrip(recordOf(now), ""),
    strip,
    el(
      "section",
      { class: "vp-card vp-ev-pad vp-ev-health", "aria-label": "Health" },
      el("h2", { text: "Health" }),
      health,
    ),
    warned,
  );

  const draw = () => {
    const words = stateWords(now);
    facts.replaceChildren(...factsOf(now));
    setText(word, words.word);
    setText(rows, countText(now.rows));
    setText(total, now.total === null ? ` ${rowNoun(now)}s` : ` of ${countText(now.total)}`);
    setText(note, words.look === "bad" ? `${counted(now.rows, rowNoun(now))} kept` : words.note);
    setAttr(bar, "value", now.share ?? (now.total ? now.rows / now.total : null));
    setAttr(strip, "data-look", words.look);
    setText(
      reason,
      now.state === "failed"
        ? `Stopped: ${now.message ?? "it failed."} What is done is kept; Resume does the rest.`
        : "",
    );
    showNode(reason, now.state === "failed");
    showNode(stop, isUnfinished(now));
    showNode(goOn, canResume(now));
    showNode(again, !isUnfinished(now));
    showNode(remove, !isUnfinished(now));
    health.replaceChildren(...healthOf(now));
    const signature = JSON.stringify([now.warnings, now.failed]);
    if (warned.dataset.signature === signature) return;
    warned.dataset.signature = signature;
    warned.replaceChildren(...warnings(now));
  };
  const ask = poll(async () => {
    try {
      now = await call(path);
    } catch (error) {
      say(errorText(error));
      throw error;
    }
    say("");
    if (now.state === "done") {
      await reload();
      return false;
    }
    draw();
    return isUnfinished(now);
  }, signal);
  draw();
  if (isUnfinished(now)) ask();
  return { node };
}

/** What is said while a finished evaluation tries again what it could not do. */
function triedAgain() {
  return el(
    "div",
    {},
    el("h3", { text: "What is going on" }),
    el("p", {
      class: "vp-ev-note",
      text:
        "What failed is retried; what is done is not repeated. If that comes to nothing, or is " +
        "cancelled, all figures stay as they were.",
    }),
  );
}

/** @param {Evaluation} evaluation */
function withheld(evaluation) {
  return el(
    "div",
    {},
    el("h3", { text: "Why nothing is shown yet" }),
    el("p", {
      class: "vp-ev-note",
      text:
        "A figure that still moves tempts one to stop at a lucky moment. It appears with its interval once the last " +
        `${rowNoun({ kind: evaluation.kind })} is scored. ` +
        "What needs no labels is below, so that a broken run is noticed early.",
    }),
  );
}

/** @param {Evaluation} evaluation */
function recordOf({ set, reward_models: models, threshold, tuned, policy, n }) {
  const model = models.map(({ name, revision }) => (revision ? `${name} @${revision.slice(0, 12)}` : name)).join(", ");
  return [
    { name: "Set", value: set.name },
    { name: "Labels", value: set.labels },
    { name: "Reward model", value: model },
    ...(policy ? [{ name: "Policy", value: `${policy.name}${n === null ? "" : `, N = ${n}`}` }] : []),
    ...(tuned === null ? [] : [{ name: "Threshold", value: `tuned on ${tuned.set.name}` }]),
    ...(threshold === null || tuned !== null
      ? []
      : [{ name: "Threshold", value: `above ${thresholdText(threshold)}` }]),
  ];
}

/** @param {Evaluation} evaluation */
function healthOf({ already, failed, set, waits_behind: behind, seconds, fresh }) {
  /** @type {[string, string, string][]} */
  const facts = [
    ["Scored by this model earlier", already === null ? "–" : countText(already), "not scored again"],
    ["Could not be scored", countText(failed), failed ? "reasons below" : ""],
    ["Neutral or not labelled", set.neutral === null ? "–" : countText(set.neutral), "left out"],
    ["Seconds for each", secondsEach({ seconds, fresh }), ""],
    ...(behind === null
      ? []
      : [/** @type {[string, string, string]} */ (["Waits behind", counted(behind, "evaluation"), ""])]),
  ];
  return facts.map(([name, value, more]) =>
    el(
      "div",
      {},
      el("dt", { text: name }),
      el("dd", {}, el("b", { class: "vp-num", text: value }), el("small", { text: more ? ` ${more}` : "" })),
    ),
  );
}
