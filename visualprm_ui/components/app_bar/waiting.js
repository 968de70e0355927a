// How much is waiting for a reviewer, beside the names of the pages where it is done. Asked for seldom: it is counted
// over all labels.

import { el } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { call } from "../../assets/rest.js";

/** @import { Waiting } from "../../assets/api.d.ts" */

const INTERVAL = 60_000; // milliseconds

/** @type {Record<string, { field: keyof Waiting, noun: string }>} */
const COUNTED = {
  review: { field: "review", noun: "split" },
  adjudicate: { field: "adjudication", noun: "solution" },
};

let stop = () => {};

/**
 * Shows the counts, and keeps them up to date while the page is looked at: at "vp-waiting" at once.
 * @param {HTMLElement[]} links of the bar
 */
export function showWaiting(links) {
  stop();
  const ending = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  stop = () => {
    ending.abort();
    clearTimeout(timer);
  };
  const refresh = async () => {
    clearTimeout(timer);
    /** @type {Waiting | null} */
    const waiting = document.hidden ? null : await call("api/waiting").catch(() => null);
    if (ending.signal.aborted || !links.some((link) => link.isConnected)) return;
    if (waiting) for (const link of links) drawCount(link, waiting);
    timer = setTimeout(refresh, INTERVAL);
  };
  const { signal } = ending;
  window.addEventListener("vp-waiting", refresh, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || refresh(), { signal });
  refresh();
}

/**
 * @param {HTMLElement} link
 * @param {Waiting} waiting
 */
function drawCount(link, waiting) {
  const about = COUNTED[link.dataset.page ?? ""];
  if (!about) return;
  const count = waiting[about.field];
  const shown = link.querySelector(".vp-nav-count");
  if (Number(shown?.getAttribute("data-count") ?? 0) === count) return;
  shown?.remove();
  if (count === 0) return;
  const text = count > 999 ? "999+" : String(count);
  link.append(
    el(
      "span",
      { class: "vp-nav-count", "data-count": count },
      el("span", { "aria-hidden": "true", text }),
      el("span", { class: "vp-hidden", text: `, ${plural(count, about.noun)} waiting` }),
    ),
  );
}
