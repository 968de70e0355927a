// The choices of a question, so that they stay in sight however long it is. Pure.

/**
 * @typedef {{ letter: string, text: string }} Choice
 * @typedef {{ question: string, choices: Choice[] }} AskedQuestion
 */

const CHOICE = /^\s*(?:\(([A-J])\)|([A-J])[.:)])[ \t]*(.*?)\s*$/;
const LETTERS = "ABCDEFGHIJ";

/**
 * Splits the choices at the end of a question from it: two or more lines, lettered from A on. A question without such
 * an end stays whole.
 * @param {string} text
 * @returns {AskedQuestion}
 */
export function splitChoices(text) {
  const lines = text.trimEnd().split(/\r\n?|\n/);
  /** @type {Choice[]} */
  const choices = [];
  let at = lines.length;
  while (at > 0) {
    const found = CHOICE.exec(lines[at - 1]);
    if (!found) break;
    choices.unshift({ letter: found[1] ?? found[2], text: found[3] });
    at -= 1;
    if (choices[0].letter === "A") break;
  }
  const isLettered = choices.every(({ letter }, index) => letter === LETTERS[index]);
  if (choices.length < 2 || !isLettered) return { question: text, choices: [] };
  return { question: lines.slice(0, at).join("\n"), choices };
}

/**
 * Returns the letter of the choice that an answer names: "B", "(B)", "B. 20"; null where it names none.
 * @param {string | null} answer
 */
export function chosenLetter(answer) {
  const found = /^\s*(?:\(([A-J])\)|([A-J])(?=[.:)]|\s*$))/.exec(answer ?? "");
  return found ? (found[1] ?? found[2]) : null;
}

/**
 * Returns whether an answer is a choice's letter and nothing else.
 * @param {string | null} answer
 * @param {string} letter
 */
export function isLetter(answer, letter) {
  return answer?.trim() === letter || answer?.trim() === `(${letter})`;
}
