// What fills the board while there is no item: the list of queues, the end of a queue, loading, failure. Builds nodes
// only.

import { el, ownTabLink } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { address } from "../../assets/rest.js";
import { moveAmongLinks } from "./link_list.js";

/** @import { QueueProgress } from "../../assets/api.d.ts" */
/** @import { TabSummary } from "./queue_navigation.js" */

const MANY = 120; // items listed one by one at the end of a queue

/** @param {...(Node | string)} content */
function screen(...content) {
  return el("div", { class: "vp-lb-screen" }, el("div", { class: "vp-lb-screen-body" }, ...content));
}

/**
 * @param {string} text
 * @param {() => void} work
 */
function plainButton(text, work) {
  return el("button", { type: "button", class: "vp-btn", text, onclick: work });
}

export function loadingScreen() {
  const line = (/** @type {number} */ width) => el("span", { class: "vp-lb-skeleton", style: `width:${width}%` });
  return el(
    "div",
    { class: "vp-lb-screen", role: "status", "aria-label": "Loading", "aria-busy": "true" },
    el("div", { class: "vp-lb-screen-body" }, line(42), line(88), line(80), line(85)),
  );
}

/**
 * @param {{ message: string, remedy?: string | null }} failure see RestError
 * @param {() => void} retry
 */
export function failureScreen({ message, remedy = null }, retry) {
  return screen(
    el("p", { class: "vp-banner vp-banner-bad", role: "alert" }, icon("warning"), el("span", { text: message })),
    el(
      "div",
      { class: "vp-lb-links" },
      remedy === "own-tab" ? ownTabLink("Open in its own tab", { class: "vp-btn vp-btn-primary" }) : null,
      el("button", {
        type: "button",
        class: remedy === "own-tab" ? "vp-btn" : "vp-btn vp-btn-primary",
        text: "Try again",
        onclick: retry,
      }),
      el("a", { class: "vp-btn", href: address("annotate"), text: "All queues" }),
    ),
  );
}

/**
 * @param {QueueProgress[]} queues newest first
 * @param {boolean} mayImport admins may
 */
export function queueListScreen(queues, mayImport) {
  if (queues.length === 0) {
    return screen(
      el(
        "div",
        { class: "vp-lb-empty" },
        icon("label", 24),
        el("h1", { text: "Nothing to label yet" }),
        el(
          "p",
          {},
          "Sample solutions on Explore, then press ",
          el("b", { text: "Label" }),
          mayImport ? "; or import some on Dataset, and queue them there." : ".",
          " They come here as a queue.",
        ),
        el(
          "div",
          { class: "vp-lb-links" },
          el("a", { class: "vp-btn vp-btn-primary", href: address("./"), text: "Go to Explore" }),
          mayImport ? el("a", { class: "vp-btn", href: address("dataset"), text: "Import on Dataset" }) : null,
        ),
      ),
    );
  }
  const isDone = (/** @type {QueueProgress} */ { done, total, returned }) => returned === 0 && done >= total;
  const open = queues.filter((each) => !isDone(each)).toSorted((one, other) => urgency(other) - urgency(one));
  const finished = queues.filter(isDone);
  const node = screen(
    el("h1", { class: "vp-lb-screen-title", text: "Queues" }),
    open.length > 0
      ? el("ul", { class: "vp-lb-queues" }, ...open.map(queueLink))
      : el("p", { class: "vp-lb-queue-count", text: "All your work is done." }),
    finished.length > 0 ? el("h2", { class: "vp-lb-screen-title", text: "Finished" }) : "",
    finished.length > 0 ? el("ul", { class: "vp-lb-queues" }, ...finished.map(queueLink)) : "",
  );
  moveAmongLinks(node);
  return node;
}

/**
 * What came back stands first, then what is begun.
 * @param {QueueProgress} queue
 */
function urgency({ returned, done }) {
  return returned > 0 ? 2 : done > 0 ? 1 : 0;
}

/** @param {QueueProgress} queue */
function queueLink({ queue, title, done, total, returned, paused }) {
  const isFinished = returned === 0 && done >= total;
  const waits = paused && !isFinished;
  const counted =
    total === 0 ? "nothing left" : isFinished ? `${done} done` : `${done} of ${total} done${waits ? ", paused" : ""}`;
  const go = total === 0 ? "Look" : isFinished ? "Review" : done > 0 || returned > 0 ? "Go on" : "Start";
  return el(
    "li",
    {},
    el(
      "a",
      { class: "vp-card vp-lb-queue", href: address(`annotate?queue=${encodeURIComponent(queue)}`) },
      el(
        "span",
        { class: "vp-lb-queue-name" },
        el("span", { class: "vp-lb-queue-title", dir: "auto", text: title }),
        returned > 0
          ? el("span", { class: "vp-lb-queue-returned" }, icon("undo", 13), `${returned} came back to you`)
          : null,
      ),
      el(
        "span",
        { class: "vp-lb-progress", "aria-hidden": "true" },
        el("span", { class: "vp-lb-progress-fill", style: `width:${total ? (100 * done) / total : 0}%` }),
      ),
      el("span", { class: "vp-lb-queue-count vp-num", text: counted }),
      el("span", { class: "vp-lb-queue-go" }, go, icon("right", 14)),
    ),
  );
}

/**
 * Shown while there is no item for this person, though the queue is not finished.
 * @param {{ title: string }} queue
 * @param {{ text: string }} reason
 * @param {() => void} retry looks again
 * @param {(() => void) | null} review opens the person's own items
 */
export function blockedScreen({ title }, { text }, retry, review) {
  return screen(
    el(
      "div",
      { class: "vp-lb-empty" },
      icon("info", 24),
      el("h1", { tabindex: "-1", text: title }),
      el("p", { text }),
      el(
        "div",
        { class: "vp-lb-links" },
        el("button", { type: "button", class: "vp-btn vp-btn-primary", text: "Look again", onclick: retry }),
        review ? plainButton("Review my items", review) : "",
        el("a", { class: "vp-btn", href: address("annotate"), text: "All queues" }),
      ),
    ),
  );
}

/**
 * The end of a queue.
 * @param {{ title: string, done: number, total: number, takenOver: number }} queue
 * @param {TabSummary} summary
 * @param {(position: number) => void} review opens an item
 * @param {boolean} mayExport
 */
export function finishedScreen({ title, done, total, takenOver }, summary, review, mayExport) {
  const items = Array.from({ length: Math.min(total, MANY) }, (_, position) =>
    el("button", {
      type: "button",
      class: "vp-lb-item-link",
      "aria-label": `Open item ${position + 1}`,
      text: String(position + 1),
      onclick: () => review(position),
    }),
  );
  return screen(
    el(
      "div",
      { class: "vp-lb-finished" },
      el("span", { class: "vp-lb-finished-icon" }, icon("check", 22)),
      el("h1", { tabindex: "-1", text: total === 0 ? "Nothing left for you here" : "Queue finished" }),
      el("p", { text: total === 0 ? `Others have labelled everything in “${title}”.` : doneText(title, done, total) }),
      summary.endedWithQuiz ? el("p", { text: "You passed the entry quiz. Nothing else is left for you here." }) : null,
      takenOver > 0 ? el("p", { text: takenOverText(takenOver, total) }) : null,
      summary.waiting > 0 ? unsentBanner(summary.waiting) : null,
      summary.steps + summary.skipped > 0 ? totalsList(summary) : null,
      el(
        "div",
        { class: "vp-lb-links" },
        mayExport
          ? el("a", {
              class: "vp-btn vp-btn-primary",
              href: address("api/export/visualprocessbench"),
              download: true,
              text: "Export",
            })
          : "",
        total > 0 ? plainButton("Review items", () => review(0)) : "",
        el("a", { class: "vp-btn", href: address("annotate"), text: "All queues" }),
        el("a", { class: "vp-btn", href: address("./"), text: "Back to Explore" }),
      ),
      el("div", { class: "vp-lb-item-links", role: "group", "aria-label": "Open an item again" }, ...items),
    ),
  );
}

/**
 * @param {string} title
 * @param {number} done
 * @param {number} total
 */
function doneText(title, done, total) {
  const counted = `${done} of ${plural(total, "item")}`;
  if (done < total) return `${counted} of “${title}” ${done === 1 ? "is" : "are"} done, ${total - done} still open.`;
  return total === 1 ? `The only item of “${title}” is done.` : `All ${total} items of “${title}” are done.`;
}

/**
 * @param {number} count of items
 * @param {number} total
 */
function takenOverText(count, total) {
  const which = total === 1 ? "It was" : `${count} of them ${count === 1 ? "was" : "were"}`;
  return `${which} finished by others after your time had run out. Nothing is left for you to do here.`;
}

/** @param {number} count of changes */
function unsentBanner(count) {
  const text = `${plural(count, "change")} could not be sent yet. Keep this page open, or come back on this device.`;
  return el("p", { class: "vp-banner vp-banner-bad" }, icon("warning"), el("span", { text }));
}

/** @param {TabSummary} summary */
function totalsList({ steps, labels, skipped, flagged }) {
  /** @type {[number, string][]} */
  const totals = [
    [steps, "steps labelled"],
    [labels[1], "correct"],
    [labels[0], "neutral"],
    [labels[-1], "wrong"],
    [skipped, "skipped"],
    [flagged, "flagged"],
  ];
  const rows = totals.map(([value, text]) =>
    el("div", {}, el("dt", { text }), el("dd", { class: "vp-num", text: String(value) })),
  );
  return el("dl", { class: "vp-lb-totals", "aria-label": "Labelled in this tab" }, ...rows);
}
