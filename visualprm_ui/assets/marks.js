// What Markdown must not touch is cut out of a text before it and put back after it: formulas, characters that nobody
// sees, names of pictures, signs of comparison at the start of a line. A character of the private use stands for each.
// Pure.

import { split } from "./formulas.js";
import { belongs, unseenPattern } from "./invisible.js";

/** @import { Part } from "./formulas.js" */

/**
 * @typedef {{ kind: "maths", source: string, part: Part }
 *   | { kind: "unseen" | "sign", source: string }
 *   | { kind: "picture", source: string, number: number }} Mark what was cut out; pictures count from 1
 * @typedef {{ text: string, marks: Mark[] }} CutText
 */

const FIRST = 0xf0000;
const MOST = 0xfff0; // as many private characters are there
/** A text with more is not cut. Each formula, and each run of unseen characters, takes a browser a while to draw. */
export const MOST_FORMULAS = 1000;
const MOST_UNSEEN = 2000; // runs that are cut out of one text
const NO_MARK = "\ufffd"; // stands for those beyond
const PLACE = /[\u{f0000}-\u{ffff0}]/u;
/** "<image 1>" as datasets write it; "<image7" that lost its end; "<image>", which has no number. */
const PICTURE = /<(\|?)(?:image|img)(?:[ _-]?(\d{1,2})(?:\1>|(?=[ \t]*$))|\1>)/gimu;
const COMPARISON = /^([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(>)(?=[ \t]*[=\d\p{Co}+\-−.([\\])/gmu;

/**
 * Cuts a text; null where it has too many formulas: what is left in may not go through Markdown. With `streaming` an
 * unfinished formula at its end is left out.
 * @param {string} stored
 * @param {{ streaming?: boolean, pictures?: number }} [options] `pictures`: how many there are to be named
 * @returns {CutText | null}
 */
export function cut(stored, { streaming = false, pictures = 0 } = {}) {
  const { marks, put } = emptyMarks();
  const parts = split(stored.replace(/\r\n?/g, "\n"), { streaming });
  if (parts.filter(({ kind }) => kind === "maths").length > MOST_FORMULAS) return null;
  const text = parts
    .filter(({ kind }) => kind !== "tail")
    .map((part) =>
      part.kind === "maths" ? put({ kind: "maths", source: part.source, part }) : cutUnseen(part.source, put),
    )
    .join("");
  const named = cutPictures(text, pictures, put);
  return {
    text: named.replace(COMPARISON, (_, before, sign) => before + put({ kind: "sign", source: sign })),
    marks,
  };
}

/**
 * Cuts nothing but characters that nobody sees out of a text, which is to be shown as it is stored.
 * @param {string} stored
 * @returns {CutText}
 */
export function cutPlain(stored) {
  const { marks, put } = emptyMarks();
  return { text: cutUnseen(stored.replace(/\r\n?/g, "\n"), put), marks };
}

function emptyMarks() {
  /** @type {Mark[]} */
  const marks = [];
  let unseen = 0;
  const put = (/** @type {Mark} */ mark) => {
    if (mark.kind === "unseen") {
      if (unseen === MOST_UNSEEN) return NO_MARK;
      unseen += 1;
    }
    if (marks.length >= MOST) return mark.source; // a sign or the name of a picture
    marks.push(mark);
    return String.fromCodePoint(FIRST + marks.length - 1);
  };
  return { marks, put };
}

/**
 * Cuts the names of pictures. Those without a number count through all pictures, or there is just one.
 * @param {string} text
 * @param {number} pictures
 * @param {(mark: Mark) => string} put
 */
function cutPictures(text, pictures, put) {
  if (pictures === 0) return text;
  const unnumbered = [...text.matchAll(PICTURE)].filter(([, , digits]) => digits === undefined).length;
  let count = 0;
  return text.replace(PICTURE, (source, _bar, digits) => {
    if (digits === undefined) count += 1;
    const counted = unnumbered === pictures ? count : pictures === 1 ? 1 : 0;
    const number = digits === undefined ? counted : Number(digits);
    return number >= 1 && number <= pictures ? put({ kind: "picture", source, number }) : source;
  });
}

/**
 * @param {string} text
 * @param {(mark: Mark) => string} put
 */
function cutUnseen(text, put) {
  let end = -1; // of the last run for which there was no mark left
  return text.replace(unseenPattern(), (run, _char, at) => {
    if (belongs(text, at, run)) return run;
    const place = put({ kind: "unseen", source: run });
    if (place !== NO_MARK) return place;
    const follows = at === end; // one sign stands for all of them: a browser is slow to draw half a million
    end = at + run.length;
    return follows ? "" : place;
  });
}

/**
 * Splits a piece of a cut text into plain text and marks.
 * @param {string} text
 * @param {Mark[]} marks
 * @returns {(string | Mark)[]}
 */
export function pieces(text, marks) {
  if (!PLACE.test(text)) return text ? [text] : [];
  return text
    .split(/([\u{f0000}-\u{ffff0}])/u)
    .filter((piece) => piece !== "")
    .map((piece) => {
      const index = (piece.codePointAt(0) ?? 0) - FIRST;
      return index >= 0 && index < marks.length ? marks[index] : piece;
    });
}

/**
 * Returns a piece of a cut text as it was before.
 * @param {string} text
 * @param {Mark[]} marks
 */
export function sourceOf(text, marks) {
  return pieces(text, marks)
    .map((piece) => (typeof piece === "string" ? piece : piece.source))
    .join("");
}
