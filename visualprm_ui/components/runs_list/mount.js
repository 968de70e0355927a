// Earlier runs, newest first: thumbnail, question, answer, state, age. Each is a plain link to the run's own address.

import { el, rootOf, setAttr, setChildren, setText, show } from "../../assets/dom.js";
import { address, call, errorText, imageAddress } from "../../assets/rest.js";
import { showAnswer, showLine } from "../../assets/rich_text.js";

/** @import { RunState, RunSummary } from "../../assets/api.d.ts" */

/**
 * @typedef {ReturnType<typeof buildRow>} RowParts the nodes of a row
 * @typedef {{ runs: RunSummary[], rows: Map<string, RowParts>, here: string | null }} ListState `here`: the run on this
 *   page
 */

/** @type {Partial<Record<RunState, string>>} */
const STATES = { queued: "waiting", running: "running", stopped: "stopped", failed: "failed" };

/**
 * "just now", "5 min ago", "3 h ago", "2 days ago", then the date.
 * @param {string} iso
 * @param {number} [now] milliseconds since 1970
 */
export function age(iso, now = Date.now()) {
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return "";
  const minutes = Math.max(0, Math.floor((now - then) / 60000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ago`;
  if (minutes < 14400) return `${Math.floor(minutes / 1440)} ${minutes < 2880 ? "day" : "days"} ago`;
  return new Date(then).toISOString().slice(0, 10);
}

/**
 * Gradio's hook.
 * @param {MountContext<{ page_size?: number }>} context
 */
export function mount({ element, props }) {
  const list = el("ul", { class: "vp-runs-list" });
  const more = el("button", { class: "vp-btn vp-btn-quiet", type: "button", text: "Show more", hidden: true });
  const failure = el("p", { class: "vp-cell-small", role: "status", hidden: true });
  const node = el(
    "section",
    { class: "vp-runs", "aria-labelledby": "vp-runs-title", hidden: true },
    el("h2", { class: "vp-label", id: "vp-runs-title", text: "Earlier runs" }),
    list,
    failure,
    more,
  );
  rootOf(element).replaceChildren(node);
  const size = props.page_size ?? 6;
  /** @type {ListState} */
  const state = { runs: [], rows: new Map(), here: new URL(location.href).searchParams.get("run") };

  const draw = () => {
    show(node, state.runs.length > 0);
    setChildren(
      list,
      state.runs.map((run) => row(state, run)),
    );
  };

  /**
   * Fetches the newest runs, or with `before` those that follow; what is shown stays when the server does not answer.
   * @param {string} [before] a run
   */
  const load = async (before) => {
    try {
      const limit = before ? size : Math.max(size, state.runs.length);
      const query = new URLSearchParams({ limit: String(Math.min(limit, 100)), ...(before ? { before } : {}) });
      /** @type {{ runs: RunSummary[] }} */
      const { runs } = await call(`api/runs?${query}`);
      state.runs = before ? [...state.runs, ...runs] : runs;
      show(more, runs.length === limit);
      show(failure, false);
      draw();
    } catch (error) {
      setText(failure, `Earlier runs could not be loaded. ${errorText(error)}`);
      show(failure, true);
    }
  };

  more.addEventListener("click", () => load(state.runs.at(-1)?.run));
  window.addEventListener("vp-run", (event) => {
    state.here = event.detail.run;
    load();
  });
  setInterval(() => {
    if (node.isConnected && !document.hidden) draw(); // ages grow
  }, 60000);
  load();
}

/**
 * @param {ListState} state
 * @param {RunSummary} run
 */
function row(state, run) {
  const parts = state.rows.get(run.run) ?? buildRow(run);
  state.rows.set(run.run, parts);
  setAttr(parts.link, "aria-current", run.run === state.here ? "true" : null);
  showAnswer(parts.answer, run.answer);
  show(parts.answer, Boolean(run.answer));
  const count = `${run.n} ${run.n === 1 ? "solution" : "solutions"}`;
  const details = [run.is_search ? "guided search" : count, STATES[run.state], age(run.created_at)];
  setText(parts.details, details.filter(Boolean).join(" · "));
  return parts.node;
}

/** @param {RunSummary} run */
function buildRow(run) {
  const question = el("span", { class: "vp-run-question" });
  showLine(question, run.question);
  const answer = el("b", { class: "vp-run-answer" });
  const details = el("span", { class: "vp-run-details" });
  const picture = run.image
    ? el("img", {
        class: "vp-run-image",
        src: imageAddress(run.image, 96),
        alt: "",
        loading: "lazy",
        width: 54,
        height: 42,
      })
    : el("span", { class: "vp-run-image" });
  const link = el(
    "a",
    { class: "vp-run", href: address(`?run=${encodeURIComponent(run.run)}`) },
    picture,
    el("span", { class: "vp-run-text" }, question, el("span", { class: "vp-run-line" }, answer, details)),
  );
  return { node: el("li", {}, link), link, answer, details };
}
