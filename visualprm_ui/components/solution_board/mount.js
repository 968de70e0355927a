// The board of one run: empty state, banners, verdict, toolbar, cards. Draws a RunView; switches of order and aggregation need no request.
// Offers window.VP.stop(), which the page's Stop button (#vp-stop) calls and which works only while a run is live, and tells other parts about runs by the window event "vp-run".

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, call } from "../../assets/rest.js";
import { ball, LEGEND, number } from "../../assets/scores.js";
import { buildCards } from "./cards.js";
import { AGGREGATIONS, isLive, measure, order, pick, solutionScore } from "./run_facts.js";
import { buildVerdict } from "./verdict.js";

const SAY_MS = 4000; // progress is spoken at most this often

export function mount({ element, props, watch }) {
  const board = build();
  element.querySelector(".vp-root").replaceChildren(board.node);
  const state = { view: null, left: new Set(), how: "mean", byRank: true, spokenAt: 0, spoken: "" };
  let frame = 0;

  const draw = () => {
    frame = 0;
    drawBoard(board, state);
    if (board.bring) bringIntoView(board.node); // once drawn: before that the page may be too short to scroll
    board.bring = false;
  };
  const later = () => {
    if (!frame) frame = requestAnimationFrame(draw);
  };
  const receive = () => {
    const before = state.view;
    const value = props.value;
    if (value?.run && state.left.has(value.run)) return; // a last word of the run that was followed before
    state.view = value?.run ? value : null;
    if (before && state.view && before.run !== state.view.run) state.left.add(before.run);
    follow(before, state.view, board);
    later();
  };
  wire(board, state, later);
  offer(board, state);
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
    board.bring = isLive(view);
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
    ball(0.62, 34),
    el("h2", { text: "Nothing sampled yet" }),
    el("p", {
      text: "Add an image and a question, or try one of the examples, then press Sample & score. Each solution appears here step by step, with a score from the process reward model beside every step.",
    }),
  );
  empty.firstChild.dataset.band = "4";
  const full = el("div", { class: "vp-full", hidden: true }, verdict.node, tools.node, cards.node);
  const node = el("div", { class: "vp-board" }, live, message.node, notice.node, empty, full);
  return { node, live, message, notice, verdict, cards, tools, empty, full, run: null, bring: false };
}

function banner(iconName, role) {
  const sign = el("span", {}, icon(iconName));
  const text = el("span");
  return { node: el("div", { class: "vp-banner", role, hidden: true }, sign, text), sign, text };
}

function buildTools() {
  const size = el("span", { class: "vp-measure" });
  const rank = segment("By rank", "rank");
  const sampled = segment("As sampled", "draw");
  const byOrder = el(
    "div",
    { class: "vp-segments", role: "group", "aria-label": "Order of the solutions" },
    rank,
    sampled,
  );
  const hows = AGGREGATIONS.map((how) => segment(how, how));
  const byHow = el(
    "div",
    { class: "vp-segments", role: "group", "aria-label": "Solution score: aggregation of the step scores" },
    ...hows,
  );
  const copy = el("button", { class: "vp-btn", type: "button" }, icon("link"), el("span", { text: "Copy link" }));
  const label = el("button", { class: "vp-btn", type: "button" }, icon("label"), el("span", { text: "Label these" }));
  const trouble = el("p", { class: "vp-trouble", role: "alert", hidden: true });
  const checker = el("p", { class: "vp-checker", hidden: true });
  const legend = el(
    "dl",
    { class: "vp-legend" },
    el("dt", { text: "Step score" }),
    ...LEGEND.map(({ range, middle }) => el("dd", {}, ball(middle, 13), el("span", { class: "vp-num", text: range }))),
  );
  const node = el(
    "div",
    { class: "vp-tools" },
    el(
      "div",
      { class: "vp-tools-row" },
      el("h2", { id: "vp-solutions-title", text: "Solutions" }),
      size,
      el("div", { class: "vp-actions" }, copy, label),
    ),
    trouble,
    checker,
    el(
      "div",
      { class: "vp-tools-row" },
      byOrder,
      el(
        "div",
        { class: "vp-how" },
        el("span", { class: "vp-tools-word", "aria-hidden": "true", text: "Score" }),
        byHow,
      ),
      legend,
    ),
  );
  return { node, size, byOrder, rank, sampled, byHow, hows, copy, label, trouble, checker };
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
  tools.byHow.addEventListener("click", (event) => {
    const value = event.target.dataset.value;
    if (!value) return;
    state.how = value;
    later();
  });
  tools.copy.addEventListener("click", () => copyLink(board, state.view.run));
  tools.label.addEventListener("click", () => labelThese(board, state));
}

/** window.VP.stop(): stops the run on the board. Resolves to true when the server took it, false when nothing runs. */
function offer(board, state) {
  window.VP = window.VP ?? {};
  window.VP.stop = async () => {
    const { view } = state;
    if (!view || !isLive(view)) return false;
    setText(board.tools.size, "Stopping…");
    try {
      await call(`api/runs/${encodeURIComponent(view.run)}/stop`, { method: "POST" });
      return true;
    } catch (error) {
      trouble(board, `The run could not be stopped. ${error.message}`);
      return false;
    }
  };
}

/** Copies the run's address and nothing else of this page's: a host may have put a secret into it. */
async function copyLink(board, run) {
  const link = new URL(`?run=${encodeURIComponent(run)}`, location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    feedback(board.tools.copy, "Link copied", "Copy link");
    setText(board.live, "Link copied");
  } catch {
    trouble(board, `The browser does not let this page copy. The link is ${link}`);
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
    trouble(board, `The solutions could not be queued for labelling. ${error.message}`);
    setText(tools.label.lastChild, "Label these");
    tools.label.disabled = false;
  }
}

function feedback(button, done, usual) {
  setText(button.lastChild, done);
  setTimeout(() => setText(button.lastChild, usual), 2500);
}

function trouble(board, text) {
  setText(board.tools.trouble, text);
  show(board.tools.trouble, Boolean(text));
}

function clearFeedback(board) {
  trouble(board, "");
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
  const nothing = view.state === "failed" && !view.cards.some((card) => card.steps.length || card.open);
  show(board.full, !nothing);
  if (nothing) return speak(board, state);
  board.verdict.draw(view, state.how);
  drawTools(board.tools, view, state);
  board.cards.draw(view, state.how, order(view, state.how, state.byRank));
  speak(board, state);
}

function drawBanners(board, view) {
  const failed = view?.state === "failed";
  const said = view?.message || (failed ? "The run failed. The log of the app says why." : "");
  show(board.message.node, Boolean(said));
  board.message.node.classList.toggle("vp-banner-bad", failed);
  setText(board.message.text, said);
  show(board.notice.node, Boolean(view?.notice));
  setText(board.notice.text, view?.notice ?? "");
}

function drawTools(tools, view, { how, byRank }) {
  const live = isLive(view);
  setText(tools.size, measure(view));
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
  for (const button of tools.hows) setAttr(button, "aria-pressed", String(button.dataset.value === how));
  const label = tools.label.lastChild.textContent === "Label these";
  show(tools.label, !live);
  if (label) tools.label.disabled = live || view.finished === 0;
}

/** Says progress to screen readers, not too often, and the end always. */
function speak(board, state) {
  const { view, how } = state;
  const best = pick(view, how);
  const leading = best ? `${best.answer ?? "no answer"}, ${how} ${number(solutionScore(best, how))}` : "";
  const live = isLive(view);
  const texts = {
    queued: `Waiting, ${measure(view)}`,
    running: `${view.finished} of ${view.sampling.n} solutions finished${leading ? `, leading: ${leading}` : ""}`,
  };
  const ended = view.state === "done" ? "Finished" : view.state === "stopped" ? "Stopped" : "The run failed";
  const text = live
    ? texts[view.state]
    : `${ended}, ${view.finished} solutions${leading ? `. Best of ${view.ranking?.[how]?.length ?? 0}: ${leading}` : ""}`;
  const now = performance.now();
  if (text === state.spoken || (live && now - state.spokenAt < SAY_MS)) return;
  state.spoken = text;
  state.spokenAt = now;
  setText(board.live, text);
}
