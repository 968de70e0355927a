// The board of one run: empty state, banners, verdict, toolbar, cards. Draws a RunView; switches of order and
// aggregation need no request. Offers window.VP.stop(), which the page's Stop button (#vp-stop) calls and which works
// only while a run is live, and window.VP.started(), which ends "Starting…" on the button that starts runs. Tells other
// parts of the page about runs by the window event "vp-run".

import { el, rootOf, setAttr, setText, show, targetOf } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText } from "../../assets/rest.js";
import { scoreBall } from "../../assets/scores.js";
import { cleaned, sameImages } from "../reference_note/owner.js";
import { announce } from "./announcements.js";
import { banner, buildNotice, buildOutdated, buildRefusal, drawBanners } from "./banners.js";
import { buildCards } from "./cards.js";
import { clearFeedback, copyLink, labelThese, saveRun, showError } from "./run_actions.js";
import { AGGREGATIONS, EXAMPLE_RUN, isLive, order, runSentence, withAnswer } from "./run_facts.js";
import { buildRunHeader } from "./run_header.js";
import { watchStartButton } from "./start_button.js";
import { buildToolbar, drawToolbar } from "./toolbar.js";
import { buildVerdict } from "./verdict.js";

/** @import { Aggregation, RunView } from "../../assets/api.d.ts" */

/**
 * @typedef {ReturnType<typeof build>} BoardParts the nodes of the board
 * @typedef {object} BoardState
 * @property {RunView | null} view
 * @property {string | null} refusal why the run of the address is not shown
 * @property {{ question: string, images: string[] } | null} form what the form asks; null until it changes
 * @property {Set<string>} formerRuns
 * @property {Aggregation} aggregation
 * @property {boolean} byRank
 * @property {string | null} filter the group of answers that is shown alone
 * @property {number} announcedAt on the clock of performance.now()
 * @property {string} announced
 */

const WHAT_A_SCORE_IS =
  "The number beside a step is the probability, in the reward model's judgement, that the step is correct. Pick an " +
  "example, or ask about your own picture.";
const HOW_TO_START =
  "Add an image and a question, or try one of the examples, then press Sample & score. Each solution appears here " +
  "step by step, with a score from the process reward model beside every step.";
/**
 * The window's listeners of the mounted board: Gradio mounts again after hiding a component.
 * @type {AbortController | null}
 */
let listening = null;

/**
 * Gradio's hook.
 * @param {MountContext<{ value?: (RunView & { refusal?: string }) | null }>} context
 */
export function mount({ element, props, trigger, watch }) {
  const board = build();
  rootOf(element).replaceChildren(board.node);
  /** @type {BoardState} */
  const state = {
    view: null,
    refusal: null,
    form: null,
    formerRuns: new Set(),
    aggregation: "mean",
    byRank: true,
    filter: null,
    announcedAt: 0,
    announced: "",
  };
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
    state.refusal = value?.refusal ?? null;
    if (value?.run && state.formerRuns.has(value.run)) return; // a last update of the run that was shown before
    state.view = value?.run ? value : null;
    if (before && state.view && before.run !== state.view.run) state.formerRuns.add(before.run);
    if (state.view && before?.run !== state.view.run) endStarting();
    follow(before, state.view, board);
    later();
  };
  wire(board, state, later);
  board.outdated.back.addEventListener("click", () => state.view && trigger("restored", { run: state.view.run }));
  listening?.abort();
  listening = new AbortController();
  window.addEventListener(
    "vp-form",
    (event) => {
      state.form = event.detail;
      later();
    },
    { signal: listening.signal },
  );
  exposeStop(board, state);
  const endStarting = watchStartButton(() => state.view !== null && isLive(state.view));
  window.VP = { ...window.VP, started: endStarting };
  watch("value", receive);
  state.refusal = props.value?.refusal ?? null;
  const isAddressed = new URL(location.href).searchParams.has("run"); // then that run comes, and no example before it
  state.view = props.value?.run && !(isAddressed && props.value.run === EXAMPLE_RUN) ? props.value : null;
  draw();
}

/**
 * Does what happens outside the board when a run starts or ends: its address, the other parts of the page, the scroll
 * position.
 * @param {RunView | null} before
 * @param {RunView | null} view
 * @param {BoardParts} board
 */
function follow(before, view, board) {
  if (!view || view.run === EXAMPLE_RUN) return;
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

/**
 * Shows the board when a run starts, unless it is near the top already: on a phone it is above the form.
 * @param {HTMLElement} node
 */
function bringIntoView(node) {
  const { top } = node.getBoundingClientRect();
  if (top >= 0 && top < window.innerHeight * 0.35) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

function build() {
  const live = el("p", { class: "vp-hidden", role: "status" });
  const message = banner("warning", "alert");
  const notice = buildNotice();
  const verdict = buildVerdict();
  const cards = buildCards(verdict.mark);
  verdict.onMark(cards.mark, cards.goTo);
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
  const sentence = el("h2", { class: "vp-sentence" });
  const intro = el("div", { class: "vp-intro" }, sentence, el("p", { text: WHAT_A_SCORE_IS }));
  const full = el("div", { class: "vp-full", hidden: true }, intro, header.node, verdict.node, tools.node, cards.node);
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
    outdated,
    intro,
    sentence,
    header,
    verdict,
    cards,
    tools,
    empty,
    refusal,
    full,
    drawnRun: "",
    scrollWhenDrawn: false,
  };
}

/**
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later
 */
function wire(board, state, later) {
  const { tools, header } = board;
  board.verdict.onFilter((group) => {
    state.filter = state.filter === group ? null : group;
    later();
  });
  tools.byOrder.addEventListener("click", (event) => {
    const value = targetOf(event)?.getAttribute("data-value");
    if (!value) return;
    state.byRank = value === "rank";
    later();
  });
  tools.byAggregation.addEventListener("click", (event) => {
    const value = targetOf(event)?.getAttribute("data-value");
    const aggregation = AGGREGATIONS.find((name) => name === value);
    if (!aggregation) return;
    state.aggregation = aggregation;
    later();
  });
  header.copy.addEventListener("click", () => state.view && copyLink(board, state.view.run));
  header.json.addEventListener("click", () => state.view && saveRun(board, state.view, "json", state.aggregation));
  header.markdown.addEventListener("click", () => state.view && saveRun(board, state.view, "md", state.aggregation));
  header.label.addEventListener("click", () => state.view && labelThese(board, state.view.run));
}

/**
 * Offers window.VP.stop(), which stops the run on the board. It resolves to true when the server took it, false when
 * nothing runs.
 * @param {BoardParts} board
 * @param {BoardState} state
 */
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
      showError(board, `The run could not be stopped. ${errorText(error)}`);
      return false;
    }
  };
}

/**
 * @param {BoardParts} board
 * @param {BoardState} state
 */
function drawBoard(board, state) {
  const { view } = state;
  show(board.empty, !view && !state.refusal);
  show(board.refusal.node, !view && Boolean(state.refusal));
  setText(board.refusal.text, state.refusal ?? "");
  setAttr(board.node, "aria-busy", view && isLive(view) ? "true" : null);
  const isExample = view?.run === EXAMPLE_RUN;
  setAttr(board.node, "data-state", isExample ? "example" : (view?.state ?? (state.refusal ? "refused" : "empty")));
  setAttr(board.node, "data-run", isExample ? null : (view?.run ?? null));
  show(board.intro, isExample);
  show(board.tools.node, !isExample);
  if (isExample) setText(board.sentence, runSentence(view, state.aggregation));
  const stop = document.getElementById("vp-stop");
  if (stop instanceof HTMLButtonElement) stop.disabled = !view || !isLive(view);
  const outdated = isOutdated(state);
  setAttr(board.node, "data-outdated", outdated);
  show(board.outdated.node, outdated);
  drawBanners(board, view);
  if (!view) {
    show(board.full, false);
    return;
  }
  if (board.drawnRun !== view.run) {
    board.cards.clear(); // cards of another run are other cards, even where draws are the same
    board.drawnRun = view.run;
    state.filter = null;
  }
  const isEmpty = view.state === "failed" && !view.cards.some((card) => card.steps.length || card.open);
  show(board.full, !isEmpty);
  if (!isEmpty) {
    board.header.draw(view);
    board.verdict.draw(view, state.aggregation, state.filter);
    drawToolbar(board.tools, view, state);
    const shown = order(view, state.aggregation, state.byRank);
    board.cards.draw(view, state.aggregation, withAnswer(view, shown, state.filter));
  }
  announce(board, view, state);
}

/**
 * Whether the form asks something else than the run on the board answers.
 * @param {BoardState} state
 */
function isOutdated({ view, form }) {
  if (!view || !form || (!cleaned(form.question) && !form.images.length)) return false; // an empty form asks nothing
  return cleaned(form.question) !== cleaned(view.question) || !sameImages(form.images, view.images);
}
