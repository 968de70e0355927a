// The pictures of a question as a list: where those that come go, in which order they stand. Pure.

/** @import { ImageRef } from "../../assets/api.d.ts" */

/**
 * How pictures come: in place of the one that is looked at, behind all, or dropped and pasted, which means either.
 * @typedef {"replace" | "add" | "arrive"} Arrival
 * @typedef {{ pictures: ImageRef[], selected: number, replaced: ImageRef[] }} Placed `selected`: the first that came;
 *   `replaced`: those that went for them
 */

/**
 * Places pictures that came. Those that are there already stay where they are. One that is dropped takes the place of
 * the only one; where there are several it is one more.
 * @param {ImageRef[]} pictures
 * @param {number} selected
 * @param {ImageRef[]} come
 * @param {Arrival} arrival
 * @returns {Placed}
 */
export function place(pictures, selected, come, arrival) {
  const isReplaced = arrival === "replace" || (arrival === "arrive" && pictures.length === 1);
  const replaced = isReplaced ? pictures.slice(selected, selected + 1) : [];
  const stay = new Set(pictures.filter((picture) => !replaced.includes(picture)).map(({ sha }) => sha));
  const fresh = come.filter(
    ({ sha }, index) => !stay.has(sha) && come.findIndex((other) => other.sha === sha) === index,
  );
  if (!fresh.length) {
    const there = pictures.findIndex(({ sha }) => sha === come[0]?.sha);
    return { pictures, selected: there < 0 ? selected : there, replaced: [] };
  }
  const at = isReplaced ? selected : pictures.length;
  const gone = replaced.filter(({ sha }) => !fresh.some((picture) => picture.sha === sha));
  return { pictures: pictures.toSpliced(at, replaced.length, ...fresh), selected: at, replaced: gone };
}

/**
 * Returns how many pictures may come.
 * @param {number} there
 * @param {Arrival} arrival
 * @param {number} most
 */
export function room(there, arrival, most) {
  const replaced = there > 0 && (arrival === "replace" || (arrival === "arrive" && there === 1)) ? 1 : 0;
  return Math.max(0, most - there + replaced);
}

/**
 * Moves a picture by one place; at the end of the list it stays.
 * @param {ImageRef[]} pictures
 * @param {number} index
 * @param {-1 | 1} by
 * @returns {{ pictures: ImageRef[], selected: number }}
 */
export function move(pictures, index, by) {
  const to = index + by;
  if (to < 0 || to >= pictures.length) return { pictures, selected: index };
  return { pictures: pictures.toSpliced(index, 1).toSpliced(to, 0, pictures[index]), selected: to };
}

/**
 * Removes a picture; the one after it is looked at then, else the one before.
 * @param {ImageRef[]} pictures
 * @param {number} index
 * @returns {{ pictures: ImageRef[], selected: number }}
 */
export function remove(pictures, index) {
  const left = pictures.toSpliced(index, 1);
  return { pictures: left, selected: Math.max(0, Math.min(index, left.length - 1)) };
}
