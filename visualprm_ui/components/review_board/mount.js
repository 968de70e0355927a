// The Review page, for reviewers and admins: the list of splits, or the sample of the one that the address names.

import { load as loadMaths } from "../../assets/maths.js";
import { call } from "../../assets/rest.js";
import { openReviewerPage } from "./reviewer_page.js";
import { SampleReview, splitPath } from "./sample_review.js";
import { splitListScreen } from "./split_list.js";

/** @import { QueuedSplitList, SplitSample } from "../../assets/api.d.ts" */

/**
 * Gradio's hook.
 * @param {MountContext} context
 */
export function mount({ element }) {
  loadMaths();
  return openReviewerPage(element, "review", async (query, { status, navigate, said }) => {
    const queue = query.get("queue");
    const split = Number(query.get("split") ?? NaN);
    if (queue === null || !Number.isInteger(split)) return { node: await list(said) };
    /** @type {SplitSample} */
    const sample = await call(splitPath(queue, split));
    const remember = (/** @type {number | null} */ item) => {
      const search = new URLSearchParams({ queue, split: String(split), ...(item ? { item: String(item) } : {}) });
      history.replaceState(history.state, "", `${location.pathname}?${search}`);
    };
    const leave = (/** @type {string} */ text) => navigate(new URLSearchParams(), text);
    const review = new SampleReview(sample, { queue, split, reviewer: status.display_name, leave, remember });
    const item = Number(query.get("item"));
    return {
      node: review.node,
      start: () => review.start(Number.isInteger(item) && item > 0 ? item - 1 : null),
      key: (event) => review.key(event),
      close: () => review.close(),
    };
  });
}

/** @param {string} said */
async function list(said) {
  /** @type {QueuedSplitList} */
  const answer = await call("api/splits");
  return splitListScreen(answer, said);
}
