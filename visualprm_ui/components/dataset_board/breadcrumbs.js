// The bar above a solution that was opened from a list: back to the list, what is left in it, the next one. An
// adjudicator goes from one open disagreement to the next; a reviewer judges a split's sample here, with the steps in
// view.

import { el } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { navigate, viewLink } from "./list_controls.js";
import { verdictButtons } from "./splits.js";

/** @import { DisagreementPage, SplitSample } from "../../assets/api.d.ts" */

/**
 * Returns the bar for a solution's address; "" where it was not opened from a list.
 * @param {URLSearchParams} query
 * @returns {Promise<Node | string>}
 */
export async function breadcrumbs(query) {
  if (query.has("split")) return splitBreadcrumbs(query);
  return query.get("from") === "disagreements" ? disagreementBreadcrumbs(query) : "";
}

/**
 * Returns the next one after `at`, starting over at the end; undefined where there is no other.
 * @template T
 * @param {T[]} list
 * @param {number} at
 * @returns {T | undefined}
 */
export function nextOf(list, at) {
  return [...list.slice(at + 1), ...list.slice(0, Math.max(0, at))][0];
}

/** @param {URLSearchParams} query */
async function disagreementBreadcrumbs(query) {
  const queue = query.get("queue");
  /** @type {Record<string, string>} */
  const about = queue ? { queue } : {};
  const search = new URLSearchParams({ ...about, open_only: "true", limit: "200" });
  /** @type {DisagreementPage} */
  const { solutions, total } = await call(`api/disagreements?${search}`);
  const next = nextOf(
    solutions,
    solutions.findIndex(({ solution }) => solution === query.get("id")),
  );
  return breadcrumbBar(
    viewLink("disagreements", about, "All disagreements", { class: "vp-btn" }),
    el("span", { text: total === 0 ? "All are decided." : `${total} to decide` }),
    next
      ? viewLink("solution", { from: "disagreements", ...about, id: next.solution }, "Next", {
          class: "vp-btn",
          rel: "next",
        })
      : "",
  );
}

/** @param {URLSearchParams} query */
async function splitBreadcrumbs(query) {
  const [queue, split, task] = ["queue", "split", "task"].map((name) => query.get(name) ?? "");
  const path = `api/queues/${encodeURIComponent(queue)}/splits/${encodeURIComponent(split)}`;
  /** @type {SplitSample} */
  const { items, state } = await call(path);
  const at = items.findIndex((item) => item.task === task);
  if (at < 0) return "";
  const open = items.filter((item, index) => item.verdict === null || index === at);
  const rest = nextOf(open, open.indexOf(items[at]));
  const judged = items.filter(({ verdict }) => verdict !== null).length;
  const status = el("span", { role: "status" });
  const node = breadcrumbBar(
    viewLink("splits", { queue, split }, `Split ${Number(split) + 1}`, { class: "vp-btn" }),
    el("span", { text: `${judged} of ${items.length} judged. Are ${items[at].annotator}'s labels right?` }),
    ...verdictButtons(
      path,
      items[at],
      state,
      () =>
        rest
          ? navigate(node, "solution", { queue, split, task: rest.task, id: rest.solution })
          : navigate(node, "splits", { queue, split }),
      status,
    ),
    status,
  );
  return node;
}

/** @param {...(Node | string)} content */
function breadcrumbBar(...content) {
  return el("nav", { class: "vp-breadcrumbs", "aria-label": "Way through the list" }, ...content);
}
