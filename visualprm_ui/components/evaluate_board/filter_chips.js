// What the listed steps are narrowed to, in words; each can be taken away.

import { icon } from "../../assets/icons.js";
import { changed, MISTAKES, withSteps } from "./address.js";
import { pageLink } from "./board.js";
import { thresholdText } from "./figures.js";

/**
 * The filters in words, as [names of parameters, text].
 * @param {URLSearchParams} filters
 * @param {number} threshold
 * @returns {[names: string[], text: string][]}
 */
export function filterWords(filters, threshold) {
  const value = (/** @type {string} */ name) => filters.get(name);
  /** @type {[string[], string][]} */
  const words = [];
  const [label, predicted, place, from, to] = ["label", "predicted", "place", "score_from", "score_to"].map(value);
  if (label) words.push([["label"], label === "1" ? "is right" : label === "-1" ? "is wrong" : "neutral"]);
  if (predicted)
    words.push([
      ["predicted"],
      predicted === "1" ? `above ${thresholdText(threshold)}` : `not above ${thresholdText(threshold)}`,
    ]);
  if (filters.has("source")) words.push([["source"], value("source") || "source not named"]);
  if (filters.has("policy")) words.push([["policy"], value("policy") || "policy not named"]);
  if (place) words.push([["place"], `place ${place}`]);
  if (from || to)
    words.push([
      ["score_from", "score_to"],
      to
        ? `score ${thresholdText(Number(from ?? 0))} to ${thresholdText(Number(to))}`
        : `score from ${thresholdText(Number(from))}`,
    ]);
  return words;
}

/**
 * Returns the chips; none for the two kinds of mistakes, which have buttons of their own.
 * @param {URLSearchParams} filters
 * @param {URLSearchParams} here the address without filters
 * @param {number} threshold
 */
export function filterChips(filters, here, threshold) {
  const names = [...filters.keys()];
  const isMistake = names.every((name) => name in MISTAKES) && filters.get("label") !== filters.get("predicted");
  if (isMistake && names.length === 2) return [];
  return filterWords(filters, threshold).map(([own, text]) => {
    const rest = changed(filters, Object.fromEntries(own.map((name) => [name, null])));
    const query = withSteps(here, Object.fromEntries(rest));
    return pageLink(query, { class: "vp-ev-chip", "aria-label": `Drop the filter: ${text}` }, text, icon("cross", 12));
  });
}
