// A list of steps that REST gives page by page: J and K move, Enter opens the solution on Dataset, a button queues the
// first ones for labelling. What a row shows beside the step is its owner's.

import { el, setAttr, setText, show, targetOf } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { LABEL_ICONS, LABEL_NAMES, labelKind } from "../../assets/labels.js";
import { address, call, errorText, imageAddress } from "../../assets/rest.js";
import { lineOf } from "../../assets/rich_text.js";
import { counted } from "./figures.js";

/** @import { EvaluatedStep } from "../../assets/api.d.ts" */

/**
 * @template {EvaluatedStep} Step
 * @typedef {object} StepListOptions
 * @property {string} title
 * @property {string} path of REST, without a query
 * @property {(step: Step) => Node[]} cells beside the step: scores
 * @property {Node[]} controls beside the title
 * @property {string} name of the list for the keyboard and for style
 */

export const QUEUED = 50; // steps whose solutions one press queues
const PAGE = 10;
const FIELDS = "input:not([type='checkbox']), textarea, select, [contenteditable], dialog";
/** @type {Record<string, string>} */
const WHOSE = { people: "by people", person: "by", file: "from", monte_carlo: "Monte-Carlo by" };

/**
 * Returns the list; `load` fills it with the steps of a query.
 * @template {EvaluatedStep} Step
 * @param {StepListOptions<Step>} options
 */
export function stepList({ title, path, cells, controls, name }) {
  const list = el("ol", { class: "vp-ev-steps", "data-name": name, "aria-label": title });
  const status = el("p", { class: "vp-ev-note", role: "status" });
  const more = el("button", { type: "button", class: "vp-btn", text: "More", hidden: true });
  const again = el("button", { type: "button", class: "vp-btn", text: "Try again", hidden: true });
  const dataset = el("a", { class: "vp-ev-link", hidden: true });
  const head = el("div", { class: "vp-ev-top" }, el("h2", { text: title, tabindex: "-1" }), ...controls);
  const node = el(
    "section",
    { class: "vp-card vp-ev-list-card", "aria-label": title },
    head,
    list,
    el(
      "div",
      { class: "vp-ev-foot vp-ev-foot-row" },
      status,
      again,
      more,
      el("span", { class: "vp-ev-grow" }),
      dataset,
    ),
  );
  let asked = new URLSearchParams();
  /** @type {string | null} */
  let next = null;
  let latest = 0;
  let total = 0;

  const ask = async (/** @type {boolean} */ isFirst) => {
    latest += 1;
    const id = latest;
    const query = new URLSearchParams(asked);
    query.set("limit", String(PAGE));
    if (!isFirst && next) query.set("after", next);
    setAttr(list, "aria-busy", "true");
    show(again, false);
    try {
      /** @type {{ steps: Step[], total: number, next: string | null }} */
      const page = await call(`${path}?${query}`);
      if (id !== latest) return;
      ({ next, total } = page);
      const rows = page.steps.map((step) => stepRow(step, cells(step)));
      if (isFirst) list.replaceChildren(...rows);
      else list.append(...rows);
      if (!isFirst) rows[0]?.querySelector("a")?.focus({ preventScroll: true });
      const shown = list.children.length;
      setText(status, total === 0 ? "No step matches." : `${shown} of ${counted(total, "step")}`);
      show(more, next !== null);
    } catch (error) {
      if (id !== latest) return;
      setText(status, errorText(error));
      show(again, true);
    }
    setAttr(list, "aria-busy", null);
  };
  more.addEventListener("click", () => ask(false));
  again.addEventListener("click", () => ask(list.children.length === 0));
  followKeys(list);
  return {
    node,
    total: () => total,
    load: (/** @type {URLSearchParams} */ query) => {
      asked = query;
      return ask(true);
    },
    /**
     * Offers the same steps on Dataset; null offers nothing.
     * @param {URLSearchParams | null} query
     */
    linkToDataset: (query) => {
      show(dataset, query !== null);
      if (query === null) return;
      setAttr(dataset, "href", address(`dataset?${query}`));
      setText(dataset, "Such solutions in Dataset");
    },
    /** Brings the list into view and the keyboard to it. */
    reveal: () => {
      node.scrollIntoView({ block: "start", behavior: "smooth" });
      head.querySelector("h2")?.focus({ preventScroll: true });
    },
  };
}

/**
 * @param {EvaluatedStep} found
 * @param {Node[]} cells
 */
function stepRow(found, cells) {
  const {
    solution,
    step,
    steps,
    text,
    question,
    image,
    data_source: source,
    policy_model: policy,
    label,
    whose,
  } = found;
  const href = address(`dataset?view=solution&id=${encodeURIComponent(solution)}`);
  const place = `step ${step + 1} of ${steps}`;
  const meta = [source, policy, place].filter(Boolean).join(" · ");
  const picture = image
    ? el("img", {
        class: "vp-ev-thumb",
        src: imageAddress(image, 128),
        alt: "",
        width: 52,
        height: 40,
        loading: "lazy",
      })
    : el("span", { class: "vp-ev-thumb vp-ev-thumb-none", "aria-hidden": "true" });
  return el(
    "li",
    {},
    picture,
    el(
      "div",
      { class: "vp-ev-text", title: question },
      lineOf("span", text, { class: "vp-ev-step" }),
      el("small", { dir: "auto", text: meta }),
    ),
    el(
      "span",
      { class: "vp-ev-labelled", "data-kind": labelKind(label) },
      icon(LABEL_ICONS[label], 14),
      el("b", { text: LABEL_NAMES[label] }),
      el("small", { dir: "auto", text: whoseText(whose) }),
    ),
    ...cells,
    el("a", { class: "vp-btn vp-ev-open", href, text: "Open", "aria-label": `Open the solution: ${place}` }),
  );
}

/**
 * "by people", "by Ada", "from VisualProcessBench".
 * @param {string} whose people, person:NAME, file:SOURCE or monte_carlo:POLICY
 */
export function whoseText(whose) {
  const at = whose.indexOf(":");
  const kind = at < 0 ? whose : whose.slice(0, at);
  const word = WHOSE[kind];
  if (word === undefined) return whose;
  return at < 0 ? word : `${word} ${whose.slice(at + 1)}`;
}

/** @param {HTMLElement} list */
function followKeys(list) {
  const links = () => [...list.querySelectorAll("a.vp-ev-open")];
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (!list.isConnected) {
      if (list.dataset.wasShown) document.removeEventListener("keydown", onKey);
      return;
    }
    list.dataset.wasShown = "true";
    if (targetOf(event)?.closest(FIELDS) || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = { j: 1, k: -1 }[event.key.toLowerCase()];
    if (move === undefined) return;
    const at = links().findIndex((link) => link.closest("li")?.contains(document.activeElement));
    const link = links()[at < 0 ? 0 : at + move];
    if (link instanceof HTMLElement) {
      event.preventDefault();
      link.focus();
      link.closest("li")?.scrollIntoView({ block: "nearest" });
    }
  };
  document.addEventListener("keydown", onKey);
}
