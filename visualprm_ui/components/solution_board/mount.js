// The board of one run: empty state, banners, verdict, toolbar, cards. Draws a RunView; switches of order and
// aggregation need no request. Offers window.VP.stop(), which the page's Stop button (#vp-stop) calls and which works
// only while a run is live, and window.VP.started(), which ends "Starting…" on the button that starts runs. Tells other
// parts of the page about runs by the window event "vp-run".

import { rootOf, setAttr, setText, show, targetOf } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { cleaned, sameImages } from "../reference_note/owner.js";
import { announce } from "./announcements.js";
import { drawBanners } from "./banners.js";
import { buildBoard } from "./board.js";
import { isTaken } from "./keys.js";
import { hasRuns, keepThatThereAreRuns } from "./own_runs.js";
import {
  branchOffer,
  clearFeedback,
  copyLink,
  deletionOffer,
  isTreeShown,
  labelThese,
  saveRun,
  searchOffer,
  secondOffer,
  showError,
  treeOffer,
} from "./run_actions.js";
import { AGGREGATIONS, cutOffDraws, EXAMPLE_RUN, isLive, order, runSentence, withAnswer } from "./run_facts.js";
import { watchStartButton } from "./start_button.js";
import { drawToolbar } from "./toolbar.js";

/** @import { Aggregation, BranchesView, OtherModelScores, RunView } from "../../assets/api.d.ts" */
/** @import { DecorateStep, Disagreement } from "./second_scores.js" */
/** @import { Tree } from "./tree.js" */
/** @import { StepMaker } from "./tree_nodes.js" */

/**
 * @typedef {ReturnType<typeof buildBoard>} BoardParts the nodes of the board
 * @typedef {{ drawn: unknown[], values: unknown[] }} FormToFill
 * @typedef {RunView & { refusal?: string, is_newest?: boolean, form?: FormToFill }} BoardValue see __init__.py
 * @typedef {object} BoardState
 * @property {RunView | null} view
 * @property {RunView | null} example what a first visit shows
 * @property {boolean} isComing the run of the address, or the newest of one's own, is not here yet
 * @property {boolean} isNewest the page opened by itself on the newest run of one's own
 * @property {string | null} refusal why the run of the address is not shown
 * @property {{ question: string, images: string[] } | null} form what the form asks; null until it changes
 * @property {Set<string>} formerRuns
 * @property {Aggregation} aggregation
 * @property {boolean} byRank
 * @property {string | null} filter the group of answers that is shown alone
 * @property {OtherModelScores | null} second the reward model that is shown beside the run's own
 * @property {Disagreement | null} apart of the two, that is looked at
 * @property {BranchesView | null} branches what was made from steps of the run on; null until it is known
 * @property {DecorateStep | null} decorate adds it to the steps
 * @property {StepMaker | null} maker makes more of it
 * @property {boolean} asTree where the solutions part is shown, not the cards
 * @property {Tree | null} tree shows it; null until it is loaded
 * @property {number} announcedAt on the clock of performance.now()
 * @property {string} announced
 */

/**
 * The window's listeners of the mounted board: Gradio mounts again after hiding a component.
 * @type {AbortController | null}
 */
let listening = null;

/**
 * Gradio's hook.
 * @param {MountContext<{ value?: BoardValue | null }>} context
 */
export function mount({ element, props, trigger, watch }) {
  const board = buildBoard();
  rootOf(element).replaceChildren(board.node);
  /** @type {BoardState} */
  const state = {
    view: null,
    example: props.value?.run === EXAMPLE_RUN ? props.value : null,
    isComing: false,
    isNewest: false,
    refusal: null,
    form: null,
    formerRuns: new Set(),
    aggregation: "mean",
    byRank: true,
    filter: null,
    second: null,
    apart: null,
    branches: null,
    decorate: null,
    maker: null,
    asTree: false,
    tree: null,
    announcedAt: 0,
    announced: "",
  };
  let frame = 0;

  const draw = () => {
    frame = 0;
    drawBoard(board, state);
    if (board.scrollWhenDrawn) bringIntoView(board.node); // once drawn: before that the page may be too short to scroll
    board.scrollWhenDrawn = false;
    offerDeletion();
    offerSecond();
    drawSearch();
    offerBranches();
    offerTree();
  };
  const later = () => {
    if (!frame) frame = requestAnimationFrame(draw);
  };
  const receive = () => {
    const before = state.view;
    const value = props.value;
    state.isComing = false;
    state.refusal = value?.refusal ?? null;
    if (value?.run && state.formerRuns.has(value.run)) return; // a last update of the run that was shown before
    state.view = value?.run ? value : null;
    state.isNewest = value?.is_newest === true;
    if (value?.form && before?.run !== value.run) fillForm(value.form, trigger);
    if (before && state.view && before.run !== state.view.run) state.formerRuns.add(before.run);
    if (state.view && before?.run !== state.view.run) endStarting();
    follow(before, state.view, board);
    later();
  };
  const offerDeletion = deletionOffer(board, state, later);
  const offerSecond = secondOffer(board, state, later);
  const drawSearch = searchOffer(board, state, later);
  const offerBranches = branchOffer(board, state, later);
  const offerTree = treeOffer(board, state, later);
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
  const opened = () => {
    if (!state.isComing) return;
    state.isComing = false;
    state.view = state.example;
    later();
  };
  window.addEventListener("vp-opened", opened, { signal: listening.signal });
  exposeStop(board, state);
  const endStarting = watchStartButton(() => state.view !== null && isLive(state.view));
  window.VP = { ...window.VP, started: endStarting };
  watch("value", receive);
  state.isComing = state.example !== null && isAnotherRunComing();
  if (!state.isComing) receive();
  draw();
}

/**
 * Has the form filled with what a run was started with, unless somebody has written in it since it was drawn.
 * @param {FormToFill} form
 * @param {(event: string) => void} trigger
 */
function fillForm({ drawn, values }, trigger) {
  const openedForm = (/** @type {unknown[]} */ ...now) =>
    JSON.stringify(now) === JSON.stringify(drawn) ? values : now;
  window.VP = { ...window.VP, openedForm };
  trigger("opened");
}

/** Whether the page opens on another run than the example, which is not shown before it then. */
function isAnotherRunComing() {
  const addressed = new URL(location.href).searchParams.get("run");
  return window.VP?.isOpened !== true && addressed !== EXAMPLE_RUN && (addressed !== null || hasRuns());
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
    keepThatThereAreRuns();
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
  const showTree = (/** @type {boolean} */ asTree) => {
    state.asTree = asTree;
    later();
  };
  tools.asCards.addEventListener("click", () => showTree(false));
  tools.asTree.addEventListener("click", () => showTree(true));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "t" || isTaken(event) || !board.node.isConnected || tools.byView.hidden) return;
    event.preventDefault();
    showTree(!state.asTree);
  });
  tools.byAggregation.addEventListener("click", (event) => {
    const value = targetOf(event)?.getAttribute("data-value");
    const aggregation = AGGREGATIONS.find((name) => name === value);
    if (!aggregation) return;
    state.aggregation = aggregation;
    later();
  });
  header.copy.addEventListener("click", () => state.view && copyLink(board, state.view.run));
  const whole = () => (state.view && state.branches ? { ...state.view, branches: state.branches } : state.view);
  header.json.addEventListener(
    "click",
    () => state.view && saveRun(board, whole() ?? state.view, "json", state.aggregation),
  );
  header.markdown.addEventListener("click", () => state.view && saveRun(board, state.view, "md", state.aggregation));
  header.picture.addEventListener("click", () => state.view && saveRun(board, state.view, "png", state.aggregation));
  header.label.addEventListener("click", () => state.view && labelThese(board, state.view));
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
  show(board.empty, !view && !state.refusal && !state.isComing);
  show(board.newest, view !== null && state.isNewest);
  show(board.refusal.node, !view && Boolean(state.refusal));
  setText(board.refusal.text, state.refusal ?? "");
  setAttr(board.node, "aria-busy", view && isLive(view) ? "true" : null);
  const isExample = view?.run === EXAMPLE_RUN;
  setAttr(board.node, "data-state", isExample ? "example" : (view?.state ?? waitingState(state)));
  setAttr(board.node, "data-run", isExample ? null : (view?.run ?? null));
  show(board.intro, isExample);
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
    board.cutOff.cards.clear();
    board.cards.clear(); // cards of another run are other cards, even where draws are the same
    board.drawnRun = view.run;
    state.filter = null;
    state.second = null;
    state.apart = null;
    state.branches = null;
  }
  const isEmpty = view.state === "failed" && !view.cards.some((card) => card.steps.length || card.open);
  show(board.full, !isEmpty);
  if (!isEmpty) {
    board.header.draw(view, state.branches?.continuations.flatMap(({ cards }) => cards) ?? []);
    board.verdict.draw(view, state.aggregation, state.filter);
    drawToolbar(board.tools, view, state);
    show(board.cards.node, !isTreeShown(state));
    const shown = order(view, state.aggregation, state.byRank);
    const compared = { ...view, second: state.second, decorate: isLive(view) || isExample ? null : state.decorate };
    board.cards.draw(compared, state.aggregation, withAnswer(view, shown, state.filter), state.apart);
    board.cutOff.draw(compared, state.aggregation, withAnswer(view, cutOffDraws(view), state.filter));
  }
  if (isTreeShown(state)) show(board.cutOff.node, false);
  announce(board, view, state);
}

/**
 * What is shown where there is no run.
 * @param {BoardState} state
 */
function waitingState({ refusal, isComing }) {
  if (refusal) return "refused";
  return isComing ? "coming" : "empty";
}

/**
 * Whether the form asks something else than the run on the board answers.
 * @param {BoardState} state
 */
function isOutdated({ view, form }) {
  if (!view || !form || (!cleaned(form.question) && !form.images.length)) return false; // an empty form asks nothing
  return cleaned(form.question) !== cleaned(view.question) || !sameImages(form.images, view.images);
}
