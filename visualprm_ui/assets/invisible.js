// Characters that nobody sees: controls, marks of direction, zero width, fillers, private use; and accents beyond those
// that a letter can have, which are drawn over the lines above it. Pure.

/** One or more of the same character that is not seen, or accents over ten others. */
const UNSEEN = new RegExp(
  /(?![\t\n])([\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\p{Co}\p{NChar}\u2028\u2029\u2800\ufff9-\ufffb])\1*/u
    .source + /|(?<=\p{M}{10})\p{M}+/u.source,
  "u",
);
/** Scripts whose letters take other shapes beside a zero-width joiner or non-joiner. */
const SCRIPTS = "Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr".split(" ");
const JOINING = new RegExp(`[${SCRIPTS.map((script) => `\\p{scx=${script}}`).join("")}]`, "u");
const PICTOGRAPH = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u;

/** A global copy of the expression, for searching. */
export const unseenPattern = () => new RegExp(UNSEEN, "gu");

/**
 * Returns whether what lies at `at` belongs to the character before it: a joiner inside an emoji or a joining script,
 * the variation selector of an emoji.
 * @param {string} text
 * @param {number} at
 * @param {string} found
 */
export function belongs(text, at, found) {
  if (!["\u200c", "\u200d", "\ufe0e", "\ufe0f"].includes(found)) return false;
  const before = [...text.slice(Math.max(0, at - 4), at)].filter((char) => char !== "\ufe0f").at(-1) ?? "";
  const after = String.fromCodePoint(text.codePointAt(at + found.length) ?? 0);
  if (found === "\ufe0e" || found === "\ufe0f") return /\p{Emoji}/u.test(before);
  if (found === "\u200d" && PICTOGRAPH.test(before) && PICTOGRAPH.test(after)) return true;
  return JOINING.test(before) && JOINING.test(after);
}

/**
 * Returns what stands for a run of unseen characters: "U+200B", "U+200B ×3", "12 accents".
 * @param {string} run
 */
export function nameOf(run) {
  const code = run.codePointAt(0) ?? 0;
  const characters = [...run];
  const count = characters.length;
  if (new Set(characters).size > 1) return `${count} accents`;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return count > 1 ? `${name} ×${count}` : name;
}
