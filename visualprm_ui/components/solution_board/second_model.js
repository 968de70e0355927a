// Two reward models of one run: who asks for the second one's scores, and where the two disagree most. The run's own
// model stays the one that ranks. Loaded when a run has ended.

import { el, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText, isRefusal } from "../../assets/rest.js";
import { showLine } from "../../assets/rich_text.js";
import { scoreBall, scoreText } from "../../assets/scores.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { isTaken } from "./keys.js";
import { pictureNames } from "./picture_names.js";
import { cardOf, isLive, rankName } from "./run_facts.js";
import { disagreements, secondPickText, sidesText } from "./second_scores.js";

/** @import { Aggregation, OtherModelScores, OtherScores, RunView } from "../../assets/api.d.ts" */
/** @import { ServerUsage, Status } from "../../assets/api.d.ts" */
/** @import { BoardParts, BoardState } from "./mount.js" */
/** @import { Disagreement } from "./second_scores.js" */

const WAIT_MS = 700; // between two looks at the scoring
const AGAIN_MS = 5000; // after the other scores could not be asked for

/** Builds the panel. */
function buildPanel() {
  const title = el("h3", { class: "vp-label" }, icon("compare", 14), "Where the two disagree most");
  const place = el("p", { class: "vp-second-step" });
  const sides = el("span", {});
  const key = el("kbd", { class: "vp-kbd", "aria-hidden": "true", text: "D" });
  const next = el("button", { type: "button", class: "vp-btn vp-btn-quiet" }, "Next disagreement", key);
  const names = el("p", { class: "vp-second-names" });
  const servers = el("p", { class: "vp-second-names" });
  const hide = el("button", { type: "button", class: "vp-btn vp-btn-quiet" }, icon("cross", 13), "Hide");
  const found = el("div", { class: "vp-second-found" }, title, place, el("p", { class: "vp-second-row" }, sides, next));
  const askName = el("span");
  const ask = el("button", { type: "button", class: "vp-btn" }, icon("compare"), askName);
  const said = el("span", { class: "vp-second-said", role: "status" });
  const parts = [found, names, servers, hide, ask, said];
  const node = el(
    "section",
    { class: "vp-card vp-second", "aria-label": "A second reward model", hidden: true },
    ...parts,
  );
  return { node, found, place, sides, next, names, servers, hide, ask, askName, said };
}

/**
 * Adds the panel to the board and returns what draws it; it tells the state which model is shown beside the own.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later draws the board anew
 */
export async function secondModel(board, state, later) {
  await loadStyleSheet(new URL("./second_model.css", import.meta.url));
  const panel = buildPanel();
  board.tools.node.before(panel.node);
  /** @type {Disagreement[]} */
  let all = [];
  let at = 0;
  let known = ""; // the run whose other scores were asked for
  let hidden = ""; // the run for which it was hidden
  /** @type {OtherModelScores[]} */
  let models = [];
  /** @type {Status | null} */
  let status = null;

  const load = async (/** @type {string} */ run) => {
    known = run;
    models = [];
    try {
      /** @type {[OtherScores, Status]} */
      const [scores, now] = await Promise.all([
        call(`api/runs/${encodeURIComponent(run)}/other-scores`),
        call("api/status"),
      ]);
      if (known !== run) return;
      models = scores.models;
      status = now;
    } catch (error) {
      if (!isRefusal(error)) setTimeout(() => known === run && load(run), AGAIN_MS);
      return; // the run is shown without it
    }
    at = 0;
    later();
  };
  const scoreAgain = async () => {
    const run = known;
    panel.ask.disabled = true;
    try {
      const message = await scored(run, (text) => setText(panel.said, text));
      setText(panel.said, message);
      hidden = "";
      await load(run);
    } catch (error) {
      setText(panel.said, errorText(error));
    }
    panel.ask.disabled = false;
  };
  const step = () => {
    if (!all.length) return;
    at = (at + 1) % all.length;
    later();
    requestAnimationFrame(() => board.cards.goTo(all[at].draw));
  };
  panel.ask.addEventListener("click", scoreAgain);
  panel.next.addEventListener("click", step);
  panel.hide.addEventListener("click", () => {
    hidden = known;
    later();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "d" || panel.node.hidden || panel.found.hidden || isTaken(event)) return;
    event.preventDefault();
    step();
  });

  /** @param {Aggregation} aggregation */
  return (aggregation) => {
    const { view } = state;
    if (view && !isLive(view) && known !== view.run) load(view.run);
    if (!view || isLive(view) || (models.length === 0 && status === null)) return show(panel.node, false);
    const second = hidden === view.run ? null : (models[0] ?? null);
    all = second ? disagreements({ ...view, second }) : [];
    state.second = second;
    state.apart = all[at] ?? null;
    const loaded = anotherLoaded(status, view, models);
    show(panel.ask, loaded !== null);
    setText(panel.askName, `Score again with ${loaded}`);
    show(panel.found, all.length > 0);
    show(panel.names, second !== null);
    show(panel.servers, Boolean(second?.usage.length));
    if (second?.usage.length) tellServers(panel.servers, second.usage);
    show(panel.hide, second !== null);
    show(panel.node, loaded !== null || second !== null || panel.said.textContent !== "");
    if (second) {
      const picks = secondPickText({ ...view, second }, aggregation);
      const beside = [second.reward_model, picks].filter(Boolean).join(" ");
      setText(panel.names, `${view.models.reward_model} ranks; beside it ${beside}`);
    }
    if (!all.length) return undefined;
    panel.place.replaceChildren(...placeOf(view, all[at], aggregation));
    setText(panel.sides, `${sidesText(all)} · ${at + 1} of ${all.length}`);
    return undefined;
  };
}

/**
 * Says what servers took; the words are loaded by the first who needs them.
 * @param {HTMLElement} line
 * @param {ServerUsage[]} usage
 */
async function tellServers(line, usage) {
  const { usageText } = await import("../../assets/server_usage.js");
  setText(line, `Servers, for these scores: ${usageText(usage)}`);
}

/**
 * Has the loaded reward model score a run's solutions; returns why that ended early, "" where it did not.
 * @param {string} run
 * @param {(text: string) => void} tell
 */
async function scored(run, tell) {
  let job = await call("api/jobs", { method: "POST", body: { kind: "score", runs: [run] } });
  const path = `api/jobs/${encodeURIComponent(job.id)}`;
  while (job.state === "waiting" || job.state === "running") {
    const rests = job.message ? ` · ${job.message}` : "";
    tell(`${job.share === null ? "Scoring…" : `Scoring… ${Math.round(100 * job.share)} %`}${rests}`);
    await new Promise((done) => setTimeout(done, WAIT_MS));
    job = await call(path);
  }
  return job.state === "done" ? "" : (job.message ?? "It was cancelled.");
}

/**
 * The loaded reward model, where it has not scored the run yet and whoever looks may have it do so.
 * @param {Status | null} status
 * @param {RunView} view
 * @param {OtherModelScores[]} models
 */
function anotherLoaded(status, view, models) {
  const loaded = status?.engine.reward_model ?? null;
  if (status?.role !== "admin" || loaded === null || loaded === view.models.reward_model) return null;
  return models.some((each) => each.reward_model === loaded) ? null : loaded;
}

/**
 * @param {RunView} view
 * @param {Disagreement} disagreement
 * @param {Aggregation} aggregation
 */
function placeOf(view, { draw, step, first, second }, aggregation) {
  const text = el("span", { class: "vp-second-text", dir: "auto" });
  showLine(text, cardOf(view, draw)?.steps[step]?.text ?? "", pictureNames(view));
  const number = (/** @type {number} */ score) => el("b", { class: "vp-num", text: scoreText(score) });
  const pair = [scoreBall(first), number(first), " against ", scoreBall(second), number(second)];
  const where = el("span", { text: `Step ${step + 1} of ${rankName(view, aggregation, draw)}:` });
  return [where, text, el("span", { class: "vp-second-pair" }, ...pair)];
}
