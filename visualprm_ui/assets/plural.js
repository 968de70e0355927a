// Numbers with their nouns.

/** "1 change", "2 changes". */
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
