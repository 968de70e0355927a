// What is made from steps of a run on: the menu of every step, what came of it, and the solutions that go on from
// there. Loaded when a run has ended.

import { el, setAttr, setChildren, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText, isRefusal } from "../../assets/rest.js";
import { loadStyleSheet } from "../../assets/stylesheet.js";
import { AGAIN, continued, endText, isGoingOn, meaningText, spokenTally } from "./branch_facts.js";
import { buildContinued } from "./continued_cards.js";
import { isTaken } from "./keys.js";
import { pictureNames } from "./picture_names.js";
import { isLive } from "./run_facts.js";
import { buildStepEditor } from "./step_editor.js";
import { buildStepMenu, STEP_KEYS } from "./step_menu.js";
import { resultNodes, resultsOf } from "./step_results.js";

/** @import { Aggregation, BranchesView, Continuations } from "../../assets/api.d.ts" */
/** @import { EditScore, LiveBranchView, SolutionCard } from "../../assets/api.d.ts" */
/** @import { StepParts } from "./card_steps.js" */
/** @import { BoardParts, BoardState } from "./mount.js" */
/** @import { StepAction, StepPlace } from "./step_menu.js" */

const WAIT_MS = 500; // between two looks at what is being made
const AGAIN_MS = 5000; // after it could not be asked for

/**
 * Adds the menu and the sections to the board and returns what draws them; the state is told what decorates a step.
 * @param {BoardParts} board
 * @param {BoardState} state
 * @param {() => void} later draws the board anew
 */
export async function stepBranches(board, state, later) {
  await loadStyleSheet(new URL("./branches.css", import.meta.url));
  const sections = buildContinued();
  board.cutOff.node.after(sections.node);
  let known = ""; // the run whose branches were asked for
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Map<string, string>} */
  const errors = new Map(); // by step
  /** @type {{ key: string, editor: ReturnType<typeof buildStepEditor> } | null} */
  let editing = null;
  /** @type {WeakMap<Element, StepPlace>} */
  const places = new WeakMap(); // rows

  const path = () => `api/runs/${encodeURIComponent(known)}`;
  const load = async (/** @type {string} */ run) => {
    clearTimeout(timer);
    if (known !== run) {
      state.branches = null;
      editing = null;
      errors.clear();
    }
    known = run;
    try {
      /** @type {BranchesView} */
      const found = await call(`${path()}/branches`);
      if (known !== run) return;
      tellEnded(found);
      state.branches = found;
      if (found.live.some(isGoingOn)) timer = setTimeout(load, WAIT_MS, run);
    } catch (error) {
      if (!isRefusal(error)) timer = setTimeout(() => known === run && load(run), AGAIN_MS);
      return; // the run is shown without them
    }
    later();
  };
  /** @param {BranchesView} found */
  const tellEnded = (found) => {
    const goingOn = new Set(found.live.filter(isGoingOn).map(({ id }) => id));
    for (const each of state.branches?.live.filter(isGoingOn) ?? []) {
      if (goingOn.has(each.id)) continue;
      const { rollouts } = resultsOf(found, each.solution, each.step);
      const made = found.continuations.find(({ id }) => id === each.id);
      const tally = each.kind === "rollouts" ? rollouts?.tally : made?.tally;
      const reference = state.view?.reference ?? null;
      if (tally) setText(board.live, `Step ${each.step + 1}: ${spokenTally(tally, reference)}`);
    }
  };
  /**
   * Has something made from a step on.
   * @param {StepPlace} place
   * @param {string} route
   * @param {object} [more]
   */
  const make = async ({ solution, step }, route, more = {}) => {
    errors.delete(keyOf(solution, step));
    await call(`${path()}/${route}`, { method: "POST", body: { solution, step, ...more } });
    await load(known);
  };
  const stop = async (/** @type {LiveBranchView} */ { id, solution, step }) => {
    try {
      await call(`${path()}/branches/${encodeURIComponent(id)}/stop`, { method: "POST" });
    } catch (error) {
      errors.set(keyOf(solution, step), errorText(error));
    }
    await load(known);
  };
  /** @param {StepPlace} place */
  const edit = (place) => {
    const { solution, step } = place;
    const old = cardOf(state, solution)?.steps[step];
    if (!old || !state.view) return;
    editing?.editor.close();
    state.asTree = false; // it stands in the card
    const editor = buildStepEditor({
      text: old.text,
      step,
      score: old.score,
      names: pictureNames(state.view),
      scoreOf: async (text, signal) => {
        const body = { solution, step, text };
        /** @type {EditScore} */
        const { score } = await call(`${path()}/edit-score`, { method: "POST", body, signal });
        return score;
      },
      goOn: (text, n) => make(place, "continuations", { edit: text, n }),
      leave: () => {
        editing = null;
        later();
        requestAnimationFrame(() => buttonOf(place)?.focus());
      },
    });
    editing = { key: keyOf(solution, step), editor };
    later();
    requestAnimationFrame(() => requestAnimationFrame(editor.focus));
  };
  /** @type {(action: StepAction, place: StepPlace) => Promise<void>} */
  const act = async (action, place) => {
    if (action === "edit") return edit(place);
    try {
      if (action === "rollouts") await make(place, "rollouts");
      else await make(place, "continuations", { n: AGAIN });
    } catch (error) {
      errors.set(keyOf(place.solution, place.step), errorText(error));
      later();
    }
    return undefined;
  };
  const menu = buildStepMenu(board.node, act);
  /** @param {StepPlace} place */
  const buttonOf = ({ solution, step }) => {
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = board.node.querySelectorAll(".vp-step-more");
    return [...buttons].find((each) => {
      const at = places.get(/** @type {Element} */ (each.closest(".vp-step")));
      return at?.solution === solution && at.step === step;
    });
  };

  const resultActions = { stop, showThese: (/** @type {Continuations} */ { id }) => sections.goTo(id) };
  state.maker = {
    act,
    results: (solution, step) => {
      const { branches, view } = state;
      const error = errors.get(keyOf(solution, step));
      const reference = view?.reference ?? null;
      const nodes = branches ? resultNodes(resultsOf(branches, solution, step), reference, resultActions) : [];
      return error ? [...nodes, errorNode(error)] : nodes;
    },
    refusal: () => (state.branches ? state.branches.refusal : ""),
  };
  /** @type {NonNullable<BoardState["decorate"]>} */
  state.decorate = (row, card, index) => {
    const { branches, view } = state;
    if (!branches || !view || !card.solution || !card.steps[index]) return;
    const place = {
      solution: card.solution,
      step: index,
      end: endText(card, index),
      meaning: meaningText(card.steps[index]),
    };
    places.set(row.node, place);
    const { more, made } = withMenu(row, () => {
      const at = places.get(row.node);
      const { refusal } = state.branches ?? { refusal: null };
      if (menu.opened()?.button === row.more) menu.close(true);
      else if (at && row.more) menu.open(at, row.more, { reference: state.view?.reference ?? null, refusal });
    });
    setAttr(more, "aria-label", `Step ${index + 1}: go on from here`);
    const results = resultsOf(branches, card.solution, index);
    const key = keyOf(card.solution, index);
    const editor = editing?.key === key ? editing.editor.node : null;
    const error = errors.get(key) ?? "";
    const drawnAs = JSON.stringify([results, error, view.reference]);
    if (
      row.madeAs === drawnAs &&
      (editor === null || editor.parentNode === made) &&
      made.dataset.edited === String(editor !== null)
    )
      return;
    row.madeAs = drawnAs;
    made.dataset.edited = String(editor !== null);
    const nodes = resultNodes(results, view.reference, resultActions);
    if (error) nodes.push(errorNode(error));
    withFocusKept(made, () => setChildren(made, editor ? [editor, ...nodes] : nodes));
  };
  document.addEventListener("keydown", (event) => {
    const action = STEP_KEYS[event.key];
    if (!action || isTaken(event) || !board.node.isConnected) return;
    const row = document.activeElement?.closest(".vp-step") ?? board.node.querySelector(".vp-step:hover");
    const inTree = state.tree && !state.tree.node.hidden ? state.tree.place() : null;
    const place = menu.opened()?.place ?? (row ? places.get(row) : inTree);
    if (!place) return;
    event.preventDefault();
    const refused = state.branches?.refusal ?? (action === "edit" ? "" : place.end);
    menu.close(true);
    if (refused) setText(board.live, refused);
    else act(action, place);
  });

  /** @param {Aggregation} aggregation */
  return (aggregation) => {
    const { view } = state;
    if (!view || isLive(view)) return sections.node.toggleAttribute("hidden", true);
    if (known !== view.run) load(view.run);
    const shown = { ...view, second: state.second, decorate: state.decorate };
    return sections.draw(shown, aggregation, state.branches ? continued(state.branches) : []);
  };
}

/** @param {string} text */
function errorNode(text) {
  return el("p", { class: "vp-made-box vp-made-ended", role: "alert", text });
}

/**
 * Adds the button of the menu and the place for what is made to a row that has none.
 * @param {StepParts} row
 * @param {() => void} press
 */
function withMenu(row, press) {
  if (!row.more) {
    const attributes = { type: "button", class: "vp-step-more", "aria-haspopup": "menu", "aria-expanded": "false" };
    row.more = el("button", { ...attributes, onclick: press }, icon("more", 15));
    row.score.append(row.more);
  }
  if (!row.made) {
    row.made = el("div", { class: "vp-made" });
    row.node.append(row.made);
  }
  return { more: row.more, made: row.made };
}

/**
 * Draws, and gives the focus to the button that had it where it was drawn anew.
 * @param {HTMLElement} node
 * @param {() => void} draw
 */
function withFocusKept(node, draw) {
  const focused = document.activeElement;
  const text = focused instanceof HTMLButtonElement && node.contains(focused) ? focused.textContent : null;
  draw();
  if (text === null || focused?.isConnected) return;
  [...node.querySelectorAll("button")].find((each) => each.textContent === text)?.focus();
}

/**
 * @param {string} solution
 * @param {number} step
 */
function keyOf(solution, step) {
  return `${solution}:${step}`;
}

/**
 * @param {BoardState} state
 * @param {string} solution
 * @returns {SolutionCard | undefined}
 */
function cardOf({ view, branches }, solution) {
  const others = branches?.continuations.flatMap(({ cards }) => cards) ?? [];
  return [...(view?.cards ?? []), ...others].find((each) => each.solution === solution);
}
