// Numbers to pixels, and where the ticks of an axis stand. Pure.

/**
 * Returns the function that maps a domain onto a range, both as [from, to].
 * @param {readonly [number, number]} domain
 * @param {readonly [number, number]} range
 * @returns {(value: number) => number}
 */
export function linear([from, to], [start, end]) {
  const size = to - from || 1;
  return (value) => start + ((value - from) / size) * (end - start);
}

/**
 * Returns round numbers inside [from, to], at most `most`, lowest first.
 * @param {readonly [number, number]} domain
 * @param {number} [most]
 */
export function ticks([from, to], most = 5) {
  const size = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(size || 1));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= size - 1e-12) ?? power;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first;
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toFixed(10)));
}
