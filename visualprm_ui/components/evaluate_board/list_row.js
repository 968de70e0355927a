// A row of the list: what was measured, on what, how far it is or what came of it. It is drawn once and updated, so
// that an open menu and the keyboard's place stay.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { ago } from "../dataset_board/browse_rows.js";
import { isUnfinished } from "../transfer_panel/job_text.js";
import { pageLink } from "./board.js";
import {
  actionButton,
  askToRemove,
  canCompare,
  cancel,
  canResume,
  openNew,
  resume,
  resumeNote,
} from "./evaluation_actions.js";
import { counted, intervalText, points } from "./figures.js";
import { intervalPicture } from "./intervals.js";
import { kindOf, kindWords } from "./kinds.js";
import { timeText } from "./page_head.js";
import { popover } from "./popover.js";
import { stateWords } from "./state_words.js";

/** @import { Evaluation } from "../../assets/api.d.ts" */

/**
 * @typedef {object} RowContext
 * @property {boolean} isAdmin
 * @property {() => void} changed asks for the list again
 * @property {(sentence: string) => void} say
 * @property {(id: string, isMarked: boolean) => void} mark
 * @property {(id: string) => void} open
 * @typedef {ReturnType<typeof listRow>} ListRow
 */

/**
 * @param {Evaluation} first
 * @param {RowContext} context
 */
export function listRow(first, { isAdmin, changed, say, mark, open }) {
  let now = first;
  const title = el("b", { dir: "auto" });
  const kind = el("span", {});
  const box = el("input", { type: "checkbox", class: "vp-ev-box" });
  box.addEventListener("change", () => mark(now.id, box.checked));
  const link = pageLink(new URLSearchParams({ id: first.id }), { class: "vp-ev-row-link" }, title);
  const what = el(
    "div",
    { class: "vp-ev-what" },
    icon(kindOf(first.kind)?.icon ?? "curve"),
    box,
    el("div", {}, link, kind),
  );
  const set = two();
  const models = two();
  const who = two();
  const face = el("span", { class: "vp-avatar", "aria-hidden": "true", text: [...first.by][0]?.toUpperCase() ?? "?" });
  const [word, count, note] = [el("b", {}), el("span", { class: "vp-num" }), el("span", {})];
  const bar = el("span", { class: "vp-ev-progress", "aria-hidden": "true" }, el("i", {}));
  const check = icon("check", 14);
  const state = el("div", { class: "vp-ev-state" }, el("span", {}, el("span", {}, check, " ", word), count), bar, note);
  const figure = el("div", { class: "vp-ev-figure" });
  const act = (/** @type {(evaluation: Evaluation) => Promise<void>} */ work) => async () => {
    await work(now);
    changed();
  };
  const stop = actionButton("Cancel", "stop", act(cancel), say, "vp-ev-act");
  const goOn = actionButton("Resume", "play", act(resume), say, "vp-ev-act");
  const marking = el("button", { type: "button", text: "Mark to compare", onclick: () => box.click() });
  const again = el("button", {
    type: "button",
    text: "Run again…",
    onclick: () => openNew(now, ({ id }) => open(id)).catch((error) => say(String(error))),
  });
  const remove = el("button", { type: "button", text: "Remove…", onclick: () => askToRemove(now, changed) });
  const menu = popover(
    { class: "vp-btn vp-btn-quiet vp-ev-icon", "aria-label": `More about ${first.title}` },
    [icon("more")],
    [marking, ...(isAdmin ? [again, remove] : [])],
  );
  const node = el(
    "tr",
    { "data-id": first.id },
    el("th", { scope: "row", class: "c-what" }, what),
    el("td", { class: "c-set" }, set.node),
    el("td", { class: "c-model" }, models.node),
    el("td", { class: "c-state" }, state),
    el("td", { class: "c-figure" }, figure),
    el("td", { class: "c-who" }, el("span", { class: "vp-ev-person" }, face, who.node)),
    el("td", { class: "c-acts" }, el("span", { class: "vp-ev-acts" }, ...(isAdmin ? [stop, goOn] : []), menu)),
  );

  /**
   * @param {Evaluation} evaluation
   * @param {readonly [number, number]} range of the headlines' axis
   */
  const draw = (evaluation, range) => {
    now = evaluation;
    const { look, ...words } = stateWords(now);
    setText(title, now.title);
    setText(kind, kindWords(now));
    setText(link.querySelector("b"), now.title);
    setAttr(node, "data-look", look);
    setAttr(node, "data-running", now.state === "running");
    set.draw(now.set.name, setCounts(now));
    models.draw(now.reward_models.map(({ name }) => name).join(", "), modelDetail(now));
    who.draw(now.by, agoText(now.created_at), timeText(now.created_at));
    setText(word, words.word);
    setText(count, words.count);
    setText(note, words.note);
    show(bar, look !== "done");
    show(check, look === "done");
    show(note, words.note !== "");
    bar.querySelector("i")?.setAttribute("style", `width: ${(100 * shareOf(now)).toFixed(1)}%`);
    drawFigure(figure, now, range);
    show(stop, isUnfinished(now));
    show(goOn, canResume(now));
    goOn.title = resumeNote(now);
    box.disabled = !canCompare(now);
    box.title = box.disabled ? "Only finished evaluations can be compared." : "";
    setAttr(box, "aria-label", `Mark to compare: ${now.title}`);
    marking.disabled = box.disabled;
    setText(marking, box.checked ? "Unmark" : "Mark to compare");
    remove.disabled = isUnfinished(now);
    remove.title = remove.disabled ? "Cancel it first." : "";
  };
  return {
    node,
    link,
    draw,
    box,
    evaluation: () => now,
    setMarked: (/** @type {boolean} */ isMarked) => {
      box.checked = isMarked;
      setAttr(node, "data-marked", isMarked);
      setText(marking, isMarked ? "Unmark" : "Mark to compare");
    },
  };
}

/** Two lines of a cell. */
function two() {
  const [upper, lower] = [el("span", { dir: "auto" }), el("span", { class: "vp-ev-lower" })];
  return {
    node: el("div", { class: "vp-ev-two" }, upper, lower),
    draw: (/** @type {string} */ above, /** @type {string} */ below, title = "") => {
      setText(upper, above);
      setText(lower, below);
      setAttr(lower, "title", title || null);
    },
  };
}

/** @param {Evaluation} evaluation */
function setCounts({ set, kind }) {
  const { problems, solutions, steps } = set;
  if (kind === "best_of_n") return problems === null ? "" : counted(problems, "problem");
  return [solutions, steps]
    .map((count, at) => (count === null ? "" : counted(count, at === 0 ? "solution" : "step")))
    .filter(Boolean)
    .join(" · ");
}

/** @param {Evaluation} evaluation */
function modelDetail({ policy, reward_models: models, n }) {
  if (policy) return `solutions by ${policy.name}${n === null ? "" : `, N = ${n}`}`;
  return models[0]?.revision ? `@${models[0].revision.slice(0, 12)}` : "";
}

/** @param {Evaluation} evaluation */
function shareOf({ rows, total, share }) {
  return share ?? (total ? rows / total : 0);
}

/** @param {string} iso */
function agoText(iso) {
  const text = ago(iso);
  return /^\d+ (min|h|d)$/.test(text) ? `${text} ago` : text;
}

/**
 * @param {HTMLElement} node
 * @param {Evaluation} evaluation
 * @param {readonly [number, number]} range
 */
function drawFigure(node, { headline, state, rows, failed }, range) {
  const signature = JSON.stringify([headline, state, rows, range]);
  if (node.dataset.signature === signature) return;
  node.dataset.signature = signature;
  if (headline === null) {
    const text = state === "running" ? "Shown once all are scored" : failed > 0 ? counted(failed, "failure") : "";
    node.replaceChildren(el("small", { text }));
    return;
  }
  const { figure, floor, name } = headline;
  if (figure.value === null) {
    node.replaceChildren(el("small", { class: "vp-ev-undefined", text: `${name} undefined. ${figure.reason ?? ""}` }));
    return;
  }
  const interval = intervalText(figure);
  node.replaceChildren(
    el("b", { class: "vp-num", text: points(figure.value) }),
    intervalPicture(figure, range, { floor }),
    el("small", {}, interval ? `${interval} · ${name}` : name),
  );
}
