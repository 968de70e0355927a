// The board of one run: empty state, banners, verdict, toolbar, cards. Draws a RunView; switches of order and aggregation need no request.
// Offers window.VP.stop(), which the page's Stop button (#vp-stop) calls and which works only while a run is live, and tells other parts about runs by the window event "vp-run".

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call } from "../../assets/rest.js";
import { LEGEND, scoreBall, scoreText } from "../../assets/scores.js";
import { buildCards } from "./cards.js";
import { AGGREGATIONS, isLive, order, pick, runSummary, solutionScore } from "./run_facts.js";
import { buildVerdict } from "./verdict.js";

const ANNOUNCE_MS = 4000; // progress is spoken at most this often

export function mount({ element, props, watch }) {
  const board = build();
  element.querySelector(".vp-root").replaceChildren(board.node);
  const state = { view: null, formerRuns: new Set(), aggregation: "mean", byRank: true, announcedAt: 0, announced: "" };
  let frame = 0;

  const draw = () => {
    frame = 0;
    drawBoard(board, state);
    if (board.scrollWhenDrawn) bringIntoView(board.node); // once drawn: before that the page may be too short to scroll
    board.scrollWhenDrawn = false;
  };
  const later = () => {
    if (!frame) frame = requestAnimationFrame(draw);
  };
  const receive = () => {
    const before = state.view;
    const value = props.value;
    if (value?.run && state.formerRuns.has(value.run)) return; // a last word of the run that was followed before
    state.view = value?.run ? value : null;
    if (before && state.view && before.run !== state.view.run) state.formerRuns.add(before.run);
    follow(before, state.view, board);
    later();
  };
  wire(board, state, later);
  exposeStop(board, state);
  watch("value", receive);
  state.view = props.value?.run ? props.value : null;
  draw();
}

/** What happens outside the board when a run starts or ends: its address, the other parts of the page, the phone's scroll position. */
function follow(before, view, board) {
  if (!view) return;
  const started = before?.run !== view.run;
  if (started) {
    const url = new URL(location.href);
    url.searchParams.set("run", view.run);
    history.replaceState(history.state, "", url);
    clearFeedback(board);
    board.scrollWhenDrawn = isLive(view);
  }
  if (started || before?.state !== view.state)
    window.dispatchEvent(new CustomEvent("vp-run", { detail: { run: view.run, state: view.state } }));
}

/** On a phone the board stands below the form: show it when a run starts, unless it stands near the top already. */
function bringIntoView(node) {
  if (node.getBoundingClientRect().top < window.innerHeight * 0.35) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

function build() {
  const live = el("p", { class: "vp-hidden", role: "status" });
  const message = banner("warning", "alert");
  const notice = banner("info", "note");
  const verdict = buildVerdict();
  const cards = buildCards(verdict.mark);
  const tools = buildTools();
  const empty = el(
    "div",
    { class: "vp-empty" },
    scoreBall(0.62, 34),
    el("h2", { text: "Nothing sampled yet" }),
    el("p", {
      text: "Add an image and a question, or try one of the examples, then press Sample & score. Each solution appears here step by step, with a score from the process reward model beside every step.",
    }),
  );
  empty.firstChild.dataset.scoreBand = "4";
  const full = el("div", { class: "vp-full", hidden: true }, verdict.node, tools.node, cards.node);
  const node = el("div", { class: "vp-board" }, live, message.node, notice.node, empty, full);
  return { node, live, message, notice, verdict, cards, tools, empty, full, run: null, scrollWhenDrawn: false };
}

function banner(iconName, role) {
  const sign = el("span", {}, icon(iconName));
  const text = el("span");
  return { node: el("div", { class: "vp-banner", role, hidden: true }, sign, text), sign, text };
}

function buildTools() {
  const summary = el("span", { class: "vp-run-summary" });
  const rank = segment("By rank", "rank");
  const sampled = segment("As sampled", "draw");
  const byOrder = el(
    "div",
    { class: "vp-segments", role: "group", "aria-label": "Order of the solutions" },
    rank,
    sampled,
  );
  const aggregations = AGGREGATIONS.map((aggregation) => segment(aggregation, aggregation));
  const byAggregation = el(
    "div",
    { class: "vp-segments", role: "group", "aria-label": "Solution score: aggregation of the step scores" },
    ...aggregations,
  );
  const copy = el("button", { class: "vp-btn", type: "button" }, icon("link"), el("span", { text: "Copy link" }));
  const label = el("button", { class: "vp-btn", type: "button" }, icon("label"), el("span", { text: "Label these" }));
  const showError = el("p", { class: "vp-tools-error", role: "alert", hidden: true });
  const checker = el("p", { class: "vp-checker", hidden: true });
  const legend = el(
    "dl",
    { class: "vp-legend" },
    el("dt", { text: "Step score" }),
    ...LEGEND.map(({ range, middle }) =>
      el("dd", {}, scoreBall(middle, 13), el("span", { class: "vp-num", text: range })),
    ),
  );
  const node = el(
    "div",
    { class: "vp-tools" },
    el(
      "div",
      { class: "vp-tools-row" },
      el("h2", { id: "vp-solutions-title", text: "Solutions" }),
      summary,
      el("div", { class: "vp-actions" }, copy, label),
    ),
    showError,
    checker,
    el(
      "div",
      { class: "vp-tools-row" },
      byOrder,
      el(
        "div",
        { class: "vp-aggregation" },
        el("span", { class: "vp-tools-label", "aria-hidden": "true", text: "Score" }),
        byAggregation,
      ),
      legend,
    ),
  );
  return { node, summary, byOrder, rank, sampled, byAggregation, aggregations, copy, label, showError, checker };
}

function segment(text, value) {
  return el("button", { type: "button", class: "vp-segment", "data-value": value, "aria-pressed": "false", text });
}

function wire(board, state, later) {
  const { tools } = board;
  tools.byOrder.addEventListener("click", (event) => {
    const value = event.target.dataset.value;
    if (!value) return;
    state.byRank = value === "rank";
    later();
  });
  tools.byAggregation.addEventListener("click", (event) => {
    const value = event.target.dataset.value;
    if (!value) return;
    state.aggregation = value;
    later();
  });
  tools.copy.addEventListener("click", () => copyLink(board, state.view.run));
  tools.label.addEventListener("click", () => labelThese(board, state));
}

/** window.VP.stop(): stops the run on the board. Resolves to true when the server took it, false when nothing runs. */
function exposeStop(board, state) {
  window.VP = window.VP ?? {};
  window.VP.stop = async () => {
    const { view } = state;
    if (!view || !isLive(view)) return false;
    setText(board.tools.summary, "Stopping…");
    try {
      await call(`api/runs/${encodeURIComponent(view.run)}/stop`, { method: "POST" });
      return true;
    } catch (error) {
      showError(board, `The run could not be stopped. ${error.message}`);
      return false;
    }
  };
}

/** Copies the run's address and nothing else of this page's: a host may have put a secret into it. */
async function copyLink(board, run) {
  const link = new URL(`?run=${encodeURIComponent(run)}`, location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    confirmOn(board.tools.copy, "Link copied", "Copy link");
    setText(board.live, "Link copied");
  } catch {
    showError(board, `The browser does not let this page copy. The link is ${link}`);
  }
}

async function labelThese(board, state) {
  const { tools } = board;
  tools.label.disabled = true;
  setText(tools.label.lastChild, "Opening…");
  try {
    const { queue } = await call(`api/runs/${encodeURIComponent(state.view.run)}/queue`, { method: "POST" });
    location.assign(address(`annotate?queue=${encodeURIComponent(queue)}`));
  } catch (error) {
    showError(board, `The solutions could not be queued for labelling. ${error.message}`);
    setText(tools.label.lastChild, "Label these");
    tools.label.disabled = false;
  }
}

function confirmOn(button, done, usual) {
  setText(button.lastChild, done);
  setTimeout(() => setText(button.lastChild, usual), 2500);
}

function showError(board, text) {
  setText(board.tools.showError, text);
  show(board.tools.showError, Boolean(text));
}

function clearFeedback(board) {
  showError(board, "");
  setText(board.tools.label.lastChild, "Label these");
}

function drawBoard(board, state) {
  const { view } = state;
  show(board.empty, !view);
  setAttr(board.node, "aria-busy", view && isLive(view) ? "true" : null);
  setAttr(board.node, "data-state", view?.state ?? "empty");
  setAttr(board.node, "data-run", view?.run ?? null);
  const stop = document.getElementById("vp-stop");
  if (stop) stop.disabled = !view || !isLive(view);
  drawBanners(board, view);
  if (!view) {
    show(board.full, false);
    return;
  }
  if (board.run !== view.run) {
    board.cards.clear(); // cards of another run are other cards, even where draws are the same
    board.run = view.run;
  }
  const isEmpty = view.state === "failed" && !view.cards.some((card) => card.steps.length || card.open);
  show(board.full, !isEmpty);
  if (isEmpty) return announce(board, state);
  board.verdict.draw(view, state.aggregation);
  drawTools(board.tools, view, state);
  board.cards.draw(view, state.aggregation, order(view, state.aggregation, state.byRank));
  announce(board, state);
}

function drawBanners(board, view) {
  const failed = view?.state === "failed";
  const text = view?.message || (failed ? "The run failed. The log of the app says why." : "");
  show(board.message.node, Boolean(text));
  board.message.node.classList.toggle("vp-banner-bad", failed);
  setText(board.message.text, text);
  show(board.notice.node, Boolean(view?.notice));
  setText(board.notice.text, view?.notice ?? "");
}

function drawTools(tools, view, { aggregation, byRank }) {
  const live = isLive(view);
  setText(tools.summary, runSummary(view));
  const checked = view.checker?.steps > 0;
  show(tools.checker, checked);
  setText(
    tools.checker,
    checked
      ? `Exact checker: the reward model is right on ${view.checker.right} of ${view.checker.steps} steps (a score of 0.5 or more calls a step right). The sign beside each score is the checker's own verdict; misses are framed.`
      : "",
  );
  show(tools.byOrder, !live && view.cards.length > 1);
  setAttr(tools.rank, "aria-pressed", String(byRank));
  setAttr(tools.sampled, "aria-pressed", String(!byRank));
  for (const button of tools.aggregations)
    setAttr(button, "aria-pressed", String(button.dataset.value === aggregation));
  const label = tools.label.lastChild.textContent === "Label these";
  show(tools.label, !live);
  if (label) tools.label.disabled = live || view.finished === 0;
}

/** Says progress to screen readers, not too often, and the end always. */
function announce(board, state) {
  const { view, aggregation } = state;
  const best = pick(view, aggregation);
  const leading = best
    ? `${best.answer ?? "no answer"}, ${aggregation} ${scoreText(solutionScore(best, aggregation))}`
    : "";
  const live = isLive(view);
  const texts = {
    queued: `Waiting, ${runSummary(view)}`,
    running: `${view.finished} of ${view.sampling.n} solutions finished${leading ? `, leading: ${leading}` : ""}`,
  };
  const ended = view.state === "done" ? "Finished" : view.state === "stopped" ? "Stopped" : "The run failed";
  const text = live
    ? texts[view.state]
    : `${ended}, ${view.finished} solutions${leading ? `. Best of ${view.ranking?.[aggregation]?.length ?? 0}: ${leading}` : ""}`;
  const now = performance.now();
  if (text === state.announced || (live && now - state.announcedAt < ANNOUNCE_MS)) return;
  state.announced = text;
  state.announcedAt = now;
  setText(board.live, text);
}
