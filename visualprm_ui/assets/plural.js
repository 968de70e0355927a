// Numbers with their nouns.

/**
 * "1 change", "2 changes".
 * @param {number} count
 * @param {string} noun in the singular
 */
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
