// Why a project did not take some of the solutions that were chosen. Pure.

import { leftOutText } from "./nano_benchmark.js";

/** @typedef {{ present: number, equal: number, unusable: number, benchmark: number }} LeftOut */

/**
 * Returns the reasons, each with its count, as sentences; "" where all were taken.
 * @param {LeftOut} found
 */
export function whyLeftOut({ present, equal, unusable, benchmark }) {
  const be = (/** @type {number} */ count) => `${count.toLocaleString("en")} ${count === 1 ? "is" : "are"}`;
  const reasons = [
    present ? `${be(present)} in the project already` : "",
    equal ? `${be(equal)} word for word the same as another one of the same run` : "",
    unusable ? `${be(unusable)} without a step, or cancelled` : "",
  ].filter(Boolean);
  const sentence = reasons.length ? `${reasons.join(", ")}.` : "";
  return [sentence, leftOutText(benchmark)].filter(Boolean).join(" ");
}
