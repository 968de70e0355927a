// The benchmark that the app makes by itself: what nobody labelled of it is left out of exports, projects and jobs of
// the models that do not name it.

import { call } from "../../assets/rest.js";

/** @import { SolutionSummary } from "../../assets/api.d.ts" */

const SOURCE = "nano benchmark"; // of its problems
export const CHECKER = "nano checker"; // whose labels they are

/** Returns how many of its solutions nobody has labelled. */
export async function countBenchmark() {
  const query = `source=${encodeURIComponent(SOURCE)}`;
  /** @type {SolutionSummary[]} */
  const [all, labelled] = await Promise.all(
    [query, `${query}&benchmark=false`].map((each) => call(`api/solutions/summary?${each}`)),
  );
  return all.total - labelled.total;
}

/**
 * Says that it is left out; "" where there is nothing of it.
 * @param {number} count
 * @param {string} [noun]
 */
export function leftOutText(count, noun = "solution") {
  if (!count) return "";
  const [verb, them] = count === 1 ? ["is", "it"] : ["are", "them"];
  return (
    `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"} of the built-in nano benchmark ${verb} left out; ` +
    `give “${SOURCE}” as the source to have ${them}.`
  );
}
