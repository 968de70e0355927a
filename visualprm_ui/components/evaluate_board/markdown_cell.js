// Text of anybody in a cell of a Markdown table: shown as it is stored. engine/markdown_cells.py has the same rule, and
// says why; tests/cases/markdown_cells.json holds both to it. Pure.

const BREAKS = /[\t-\r \x85\u2028\u2029]+/gu;
const INVISIBLE = new RegExp(
  /[\p{Cc}\p{Cs}\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]/u.source +
    /|[\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]/u.source,
  "gu",
);
const SIGNS = /((?::\/\/|(?<=www)\.|@(?=[a-z0-9_-]+\.))+)|[\\|<[\]`*~&]|(?<![a-z0-9])_|_(?![a-z0-9])/gi;

/**
 * Returns text for a cell of a Markdown table: it makes no other cell or row, no element, link or picture.
 * @param {string} text
 */
export function markdownCell(text) {
  const line = text.replace(BREAKS, " ").replace(/^ | $/g, "").replace(INVISIBLE, "\ufffd");
  return line.replace(SIGNS, (sign, address) => (address ? `\`${address}\`` : `\\${sign}`));
}
