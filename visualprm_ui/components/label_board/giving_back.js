// Giving back what was only looked at: when the last tab with a queue is left, others can have what was not touched.

import { call } from "../../assets/rest.js";
import { SameQueueTabs } from "./same_queue_tabs.js";

/** @import { QueueNavigation } from "./queue_navigation.js" */

/**
 * Has a page that is left give back what nothing was said of, unless another tab has the queue open.
 * @param {string} queue its id
 * @param {QueueNavigation} navigation
 * @param {AbortSignal} signal ends it, without giving anything back
 */
export function giveBackOnLeave(queue, navigation, signal) {
  const tabs = new SameQueueTabs(queue);
  const path = `api/queues/${encodeURIComponent(queue)}/give-back`;
  const leave = () => {
    const { isAlone } = tabs;
    tabs.leave();
    const tasks = isAlone ? navigation.takeUntouched() : [];
    if (tasks.length === 0) return;
    call(path, { method: "POST", body: { tasks }, keepalive: true }).catch(() => {}); // their leases run out by time
  };
  tabs.join();
  window.addEventListener("pagehide", leave, { signal });
  window.addEventListener("pageshow", () => tabs.join(), { signal });
  signal.addEventListener("abort", () => tabs.leave());
}
