// What requests to model servers took, in words. Pure functions, no DOM.

/** @import { ServerUsage } from "./api.d.ts" */

/**
 * "gpt: 1,234 tokens read, 56 written, cost 0.0012" for each model; "" where no server was asked.
 * @param {ServerUsage[]} usages
 */
export function usageText(usages) {
  return usages.map((each) => `${each.model}: ${taken(each)}`).join("; ");
}

/** @param {ServerUsage} usage */
function taken({ requests, counted, read, written, cost }) {
  const asked = `${requests.toLocaleString("en")} ${requests === 1 ? "request" : "requests"}`;
  if (read === null || written === null) return `${asked} with tokens that its server did not count`;
  const least = counted < requests ? "at least " : "";
  const price = cost === null ? "" : `, cost ${costText(cost)}`;
  return `${least}${read.toLocaleString("en")} tokens read, ${written.toLocaleString("en")} written${price}`;
}

/**
 * "12,345.67", or "0.001235" below 1: the rule of the command line.
 * @param {number} cost
 */
function costText(cost) {
  const digits = cost >= 1 ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumSignificantDigits: 4 };
  return cost.toLocaleString("en", digits);
}
