// Where a problem is from, and who wrote a solution of it: each by its own word. Pure.

/**
 * "from DynaMath, written by InternVL2.5-8B": a source and a policy may have the same name.
 * @param {string | null} source of the problem
 * @param {string} policy "": not known
 */
export function originText(source, policy) {
  return [source ? `from ${source}` : "", policy ? `written by ${policy}` : ""].filter(Boolean).join(", ");
}
