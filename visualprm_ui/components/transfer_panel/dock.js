// The jobs that go on: imports, exports, work of the models, in a corner of the page: how far they are, a button that
// ends them, what came of them. They belong to the server: leaving the page ends nothing, and coming back shows them
// again.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { call, errorText, isRefusal } from "../../assets/rest.js";
import { isUnfinished, progressText } from "./job_text.js";

/** @import { Job } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */

const POLL_MS = 700;

/**
 * @typedef {object} DockedKind what a kind of job says of itself
 * @property {string} path of its jobs, such as "api/imports"
 * @property {string} stopped what is said of one that was cancelled
 * @property {string} [goOn] what has one go on that was cancelled or failed, below its path; without: nothing does
 * @property {IconName} icon
 * @property {(job: any) => string} title
 * @property {(job: any) => string} done what came of it
 * @property {(job: any) => Node[]} links what can be done once it has ended
 * @property {(job: any) => string} [progress] how far it is; rows, where it is left out
 * @property {(job: any) => void} [onDone]
 * @property {(job: any) => boolean} [isTold] whether the page itself tells what came of one that is done: its card goes
 * @property {string} [noun] of what its rows are
 * @property {string} [dismiss] where one that is ready, and waits for somebody, is found once its card was dismissed
 */

/** Adds an empty dock to the page. The page ends above it: the styles leave as much room as it has. */
function dock() {
  const found = document.querySelector(".vp-dock");
  if (found) return found;
  const made = el("section", { class: "vp-host vp-dock", "aria-label": "Background jobs" });
  document.body.append(made);
  const page = document.documentElement.style;
  new ResizeObserver(() => page.setProperty("--vp-dock-height", `${made.offsetHeight}px`)).observe(made);
  return made;
}

/**
 * Shows a job in the dock until somebody closes it.
 * @param {DockedKind} kind
 * @param {Job} job
 */
export function dockJob(kind, job) {
  if (document.getElementById(`vp-job-${job.id}`)) return;
  const title = el("b", { dir: "auto" });
  const bar = el("progress", { max: 1, "aria-label": "Progress" });
  const text = el("p", { role: "status" });
  const links = el("div", { class: "vp-button-row" });
  const stop = el("button", { type: "button", class: "vp-btn vp-btn-quiet", text: "Cancel" });
  const again = el("button", { type: "button", class: "vp-btn", text: "Go on" });
  const close = el("button", { type: "button", class: "vp-btn vp-btn-quiet", text: "Close" });
  const head = el("div", { class: "vp-dock-head" }, icon(kind.icon), title, stop, close);
  const card = el("article", { class: "vp-card vp-dock-job", id: `vp-job-${job.id}` }, head, bar, text, links);
  let state = job.state;
  close.addEventListener("click", () => (state === "ready" ? dismiss() : card.remove()));
  const path = `${kind.path}/${encodeURIComponent(job.id)}`;
  stop.addEventListener("click", async () => {
    stop.disabled = true;
    await call(`${path}/cancel`, { method: "POST" }).catch((error) => setText(text, errorText(error)));
  });
  again.addEventListener("click", async () => {
    again.disabled = true;
    try {
      draw(await call(`${path}/${kind.goOn}`, { method: "POST" }));
      follow(path, card, draw, lost, kind);
    } catch (error) {
      setText(text, errorText(error));
    }
    again.disabled = false;
  });
  const dismiss = async () => {
    close.disabled = true;
    try {
      await call(`${path}/cancel`, { method: "POST" });
      card.remove();
    } catch (error) {
      setText(text, errorText(error));
      close.disabled = false;
    }
  };
  const draw = (/** @type {Job} */ now) => {
    const isOn = isUnfinished(now);
    state = now.state;
    setText(close, state === "ready" ? "Dismiss" : "Close");
    setAttr(close, "title", state === "ready" ? kind.dismiss : null);
    setText(title, kind.title(now));
    setText(text, textOf(kind, now));
    setAttr(card, "data-state", now.state);
    setAttr(bar, "value", now.share);
    for (const [node, visible] of /** @type {[Element, boolean][]} */ ([
      [bar, isOn],
      [stop, isOn],
      [close, !isOn],
    ]))
      show(node, visible);
    stop.disabled = false;
    const canGoOn = kind.goOn && !isOn && now.state !== "done";
    const shown = now.state === "done" || (kind.progress && !isOn) ? kind.links(now) : [];
    links.replaceChildren(...shown, ...(canGoOn ? [again] : []));
  };
  const lost = (/** @type {string} */ why) => {
    setText(text, why);
    for (const node of [bar, stop]) show(node, false);
    show(close, true);
  };
  dock().append(card);
  draw(job);
  follow(path, card, draw, lost, kind);
}

/**
 * @param {DockedKind} kind
 * @param {Job} job
 */
function textOf(kind, job) {
  if (job.state === "done") return kind.done(job);
  if (job.state === "failed") return job.message ?? "It failed.";
  if (job.state === "cancelled") return kind.stopped;
  return kind.progress ? kind.progress(job) : progressText(job, kind.noun);
}

/**
 * Asks how far a job is until it has ended, its card is gone, or the server says that there is no such job for us.
 * @param {string} path
 * @param {Element} card
 * @param {(job: Job) => void} draw
 * @param {(why: string) => void} lost
 * @param {DockedKind} kind
 */
async function follow(path, card, draw, lost, kind) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (!card.isConnected) return;
    /** @type {Job} */
    let now;
    try {
      now = await call(path);
    } catch (error) {
      if (!isRefusal(error)) continue; // the server is away: asked again
      lost(errorText(error));
      return;
    }
    draw(now);
    if (isUnfinished(now)) continue;
    if (now.state === "done") {
      kind.onDone?.(now);
      if (kind.isTold?.(now)) card.remove();
    }
    return;
  }
}
