// The queue and item in the page's address, so that a reload comes back to them.

/** Returns the number of the item in the address, counted from 1; null where it names none. */
export function itemInAddress() {
  const number = Number(new URLSearchParams(location.search).get("item"));
  return Number.isInteger(number) && number > 0 ? number : null;
}

/**
 * @param {string} queue its id
 * @param {number | null} item counted from 1; null: none
 */
export function setItemAddress(queue, item) {
  const url = new URL(location.href);
  url.searchParams.set("queue", queue);
  if (item === null) url.searchParams.delete("item");
  else url.searchParams.set("item", String(item));
  history.replaceState(history.state, "", url);
}
