// Code in Markdown: fenced blocks and spans between backticks. Pure.

const FENCE = /^(?:[ \t>]|[-*+] |\d{1,9}[.)] )*$/; // what may stand on a fence's line before it

const MAX_INDENT = 80; // characters before a fence on its line

/**
 * Returns where the code that opens at `at` ends, or where its backticks end if it opens none; null where no code can
 * open.
 * @param {string} text
 * @param {number} at
 * @returns {number | null}
 */
export function codeEnd(text, at) {
  const sign = text[at];
  if (sign !== "`" && sign !== "~") return null;
  const run = runLength(text, at);
  if (run >= 3 && isLineStart(text.slice(Math.max(0, at - MAX_INDENT), at), at <= MAX_INDENT)) {
    const line = lineEnd(text, at);
    if (sign === "~" || !text.slice(at + run, line).includes("`")) return fenceEnd(text, line, sign, run);
  }
  return sign === "`" ? spanEnd(text, at, run) : at + run;
}

/**
 * Returns whether a fence may stand after `before`.
 * @param {string} before the last characters before it
 * @param {boolean} isWhole they are all there are
 */
function isLineStart(before, isWhole) {
  const line = before.lastIndexOf("\n") + 1;
  return (line > 0 || isWhole) && FENCE.test(before.slice(line));
}

/**
 * @param {string} text
 * @param {number} at
 */
function runLength(text, at) {
  let end = at;
  while (text[end] === text[at]) end += 1;
  return end - at;
}

/**
 * @param {string} text
 * @param {number} at
 */
function lineEnd(text, at) {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/**
 * @param {string} text
 * @param {number} line where the opening line ends
 * @param {string} sign
 * @param {number} run
 */
function fenceEnd(text, line, sign, run) {
  for (let from = line; from < text.length; ) {
    const to = lineEnd(text, from + 1);
    const content = text.slice(from + 1, to).trim();
    if (content.length >= run && content === sign.repeat(content.length)) return to;
    from = to;
  }
  return text.length; // one that is not closed goes on to the end
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} run
 */
function spanEnd(text, at, run) {
  const sign = text.slice(at, at + run);
  for (let end = text.indexOf(sign, at + run); end >= 0; ) {
    const length = runLength(text, end);
    // it does not leave its paragraph
    if (length === run) return /\n[ \t]*\n/.test(text.slice(at, end)) ? at + run : end + run;
    end = text.indexOf(sign, end + length);
  }
  return at + run;
}
