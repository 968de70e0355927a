// Views of Dataset that are pages of their own by now. Pure.

/**
 * Where a view is that has a page of its own by now, so that links of before lead there.
 * @param {URLSearchParams} query
 */
export function movedTo(query) {
  const page = { splits: "review", disagreements: "adjudicate" }[query.get("view") ?? ""];
  if (!page) return null;
  const rest = new URLSearchParams(query);
  rest.delete("view");
  return rest.size ? `${page}?${rest}` : page;
}
