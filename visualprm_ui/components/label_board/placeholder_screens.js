// What fills the board where no item is in hand: the list of queues, the end of a queue, loading, failure. Builds nodes only.

import { el, ownTabLink } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { address } from "../../assets/rest.js";
import { refusalMessage } from "./messages.js";

const MANY = 120; // items listed one by one at the end of a queue

function screen(...content) {
  return el("div", { class: "vp-lb-screen" }, el("div", { class: "vp-lb-screen-body" }, ...content));
}

export function loadingScreen() {
  const line = (width) => el("span", { class: "vp-lb-skeleton", style: `width:${width}%` });
  return el(
    "div",
    { class: "vp-lb-screen", role: "status", "aria-label": "Loading", "aria-busy": "true" },
    el("div", { class: "vp-lb-screen-body" }, line(42), line(88), line(80), line(85)),
  );
}

/** `wayOut`: of a RestError. */
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

/** A change that the server did not take. `open(position)` goes to its item, `dismiss()` forgets it. */
export function refusalBanner(refusal, open, dismiss) {
  const button = (text, onclick) => el("button", { type: "button", class: "vp-btn", text, onclick });
  const position = refusal.about?.position;
  return el(
    "div",
    { class: "vp-banner vp-banner-bad", role: "alert" },
    icon("warning"),
    el("span", { text: refusalMessage(refusal) }),
    Number.isInteger(position) ? button("Show item", () => open(position)) : null,
    button("Dismiss", dismiss),
  );
}

/** `queues`: [{queue, title, done, total}], newest first. */
export function queueListScreen(queues) {
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
          el("b", { text: "Label these" }),
          ". They come here as a queue.",
        ),
        el("a", { class: "vp-btn vp-btn-primary", href: address("./"), text: "Go to Explore" }),
      ),
    );
  }
  return screen(
    el("h1", { class: "vp-lb-screen-title", text: "Queues" }),
    el("ul", { class: "vp-lb-queues" }, ...queues.map(queueLink)),
  );
}

function queueLink({ queue, title, done, total }) {
  const finished = done >= total;
  const counted =
    total === 0
      ? "nothing left"
      : [el("span", { class: "vp-num", text: `${done} of ${total}` }), finished ? " done" : ""];
  return el(
    "li",
    {},
    el(
      "a",
      { class: "vp-card vp-lb-queue", href: address(`annotate?queue=${encodeURIComponent(queue)}`) },
      el("span", { class: "vp-lb-queue-title", dir: "auto", text: title }),
      el(
        "span",
        { class: "vp-lb-progress", "aria-hidden": "true" },
        el("span", { class: "vp-lb-progress-fill", style: `width:${total ? (100 * done) / total : 0}%` }),
      ),
      el("span", { class: "vp-lb-queue-count" }, ...[counted].flat()),
      el(
        "span",
        { class: "vp-lb-queue-go" },
        total === 0 ? "Look" : finished ? "Review" : done > 0 ? "Go on" : "Start",
        icon("right", 14),
      ),
    ),
  );
}

/** No item for this person at present, though the queue is not finished. `blocked`: {why, text}; `retry` looks again. */
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
        review ? el("button", { type: "button", class: "vp-btn", text: "Review my items", onclick: review }) : "",
        el("a", { class: "vp-btn", href: address("annotate"), text: "All queues" }),
      ),
    ),
  );
}

/** The end of a queue. `summary`: {done, total, waiting, steps, labels: {1, 0, -1}, skipped, flagged} of this tab; `review(position)`. */
export function finishedScreen({ title, done, total, takenOver }, summary, review, mayExport) {
  const totals = [
    [summary.steps, "steps labelled"],
    [summary.labels[1], "correct"],
    [summary.labels[0], "neutral"],
    [summary.labels[-1], "wrong"],
    [summary.skipped, "skipped"],
    [summary.flagged, "flagged"],
  ];
  const open = total - done;
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
      el("p", {
        text:
          total === 0
            ? `Others have labelled everything in “${title}”.`
            : `${done} of ${plural(total, "item")} of “${title}” ${done === 1 ? "is" : "are"} done${open > 0 ? `, ${open} still open` : ""}.`,
      }),
      takenOver > 0
        ? el("p", {
            text: `${takenOver} of them ${takenOver === 1 ? "was" : "were"} finished by others after your time had run out. Nothing is left for you to do here.`,
          })
        : null,
      summary.waiting > 0
        ? el(
            "p",
            { class: "vp-banner vp-banner-bad" },
            icon("warning"),
            el("span", {
              text: `${plural(summary.waiting, "change")} could not be sent yet. Keep this page open, or come back on this device.`,
            }),
          )
        : null,
      summary.steps + summary.skipped > 0
        ? el(
            "dl",
            { class: "vp-lb-totals", "aria-label": "Labelled in this tab" },
            ...totals.map(([value, text]) =>
              el("div", {}, el("dt", { text }), el("dd", { class: "vp-num", text: String(value) })),
            ),
          )
        : null,
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
        total > 0
          ? el("button", { type: "button", class: "vp-btn", text: "Review items", onclick: () => review(0) })
          : "",
        el("a", { class: "vp-btn", href: address("annotate"), text: "All queues" }),
        el("a", { class: "vp-btn", href: address("./"), text: "Back to Explore" }),
      ),
      el("div", { class: "vp-lb-item-links", role: "group", "aria-label": "Open an item again" }, ...items),
    ),
  );
}
