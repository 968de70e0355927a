// How a score in [0, 1] is shown and read aloud: five bands, the Harvey ball, the number, the words. Knows nothing of
// solutions or of Gradio. Undefined is null and is always drawn as a dashed ball and a dash, never as 0.

import { setAttr, svg } from "./dom.js";

/** @type {readonly string[]} */
const WORDS = ["very likely wrong", "probably wrong", "unsure", "probably right", "very likely right"];

/** The legend: band 1 to 5 with its range and a value in its middle. */
export const LEGEND = [
  { band: 1, range: "0–.2", middle: 0.1 },
  { band: 2, range: ".2–.4", middle: 0.3 },
  { band: 3, range: ".4–.6", middle: 0.5 },
  { band: 4, range: ".6–.8", middle: 0.7 },
  { band: 5, range: ".8–1", middle: 0.94 },
];

/**
 * True for a number in [0, 1]; everything else counts as undefined.
 * @param {unknown} score
 * @returns {score is number}
 */
export function isScore(score) {
  return typeof score === "number" && score >= 0 && score <= 1;
}

/**
 * Band 1 to 5, or null when undefined. Taken from the rounded number, so that sign and number never disagree.
 * @param {unknown} score
 */
export function scoreBand(score) {
  if (!isScore(score)) return null;
  return Math.min(5, Math.floor(Math.round(score * 100) / 20) + 1);
}

/**
 * "0.94", or a dash when undefined.
 * @param {unknown} score
 */
export function scoreText(score) {
  return isScore(score) ? (Math.round(score * 100) / 100).toFixed(2) : "–";
}

/**
 * What a screen reader says: "0.94, very likely right".
 * @param {unknown} score
 */
export function spokenScore(score) {
  const band = scoreBand(score);
  return band === null ? "not scored" : `${scoreText(score)}, ${WORDS[band - 1]}`;
}

/**
 * "calibrated 0.81"; "" where it was not measured what the score means.
 * @param {unknown} calibrated
 */
export function calibratedText(calibrated) {
  return isScore(calibrated) ? `calibrated ${scoreText(calibrated)}` : "";
}

/**
 * The path of a pie of radius r around (c, c), clockwise from the top; "" for (almost) nothing. Full discs are two half
 * arcs.
 * @param {unknown} score
 * @param {number} c
 * @param {number} r
 */
export function pie(score, c, r) {
  if (!isScore(score) || score < 0.005) return "";
  if (score > 0.995) return `M${c} ${c - r}a${r} ${r} 0 1 1 0 ${2 * r}a${r} ${r} 0 1 1 0 ${-2 * r}z`;
  const angle = 2 * Math.PI * score;
  const x = (c + r * Math.sin(angle)).toFixed(2);
  const y = (c - r * Math.cos(angle)).toFixed(2);
  return `M${c} ${c}V${c - r}A${r} ${r} 0 ${score > 0.5 ? 1 : 0} 1 ${x} ${y}z`;
}

/**
 * A Harvey ball: the filled part of the disc is the score. Decorative; put the number or `spokenScore` beside it.
 * @param {unknown} score
 * @param {number} [size] in pixels
 */
export function scoreBall(score, size = 14) {
  const node = svg(
    "svg",
    {
      class: "vp-score-ball",
      width: size,
      height: size,
      viewBox: "0 0 14 14",
      "aria-hidden": "true",
      focusable: "false",
    },
    svg("circle", { cx: 7, cy: 7, r: 5.6 }),
    svg("path"),
  );
  setScoreBall(node, score);
  return node;
}

/**
 * Changes an existing ball to another score.
 * @param {SVGSVGElement} node
 * @param {unknown} score
 */
export function setScoreBall(node, score) {
  setAttr(node, "data-band", scoreBand(score) ?? "none");
  const path = node.lastElementChild;
  if (path) setAttr(path, "d", pie(score, 7, 5.9));
}
