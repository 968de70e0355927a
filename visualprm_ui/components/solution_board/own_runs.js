// Whether somebody has runs of their own: the page opens on the newest of them then, and the example is one press away.

import { el } from "../../assets/dom.js";
import { address } from "../../assets/rest.js";
import { EXAMPLE_RUN } from "./run_facts.js";

const HAS_RUNS = "vp-has-runs";

/** Whether this browser has shown a run: then the newest is waited for, and the example not shown before it. */
export function hasRuns() {
  try {
    return localStorage.getItem(HAS_RUNS) !== null;
  } catch {
    return false; // the browser keeps its storage to itself
  }
}

/** Keeps for the next visit that this browser has shown a run. */
export function keepThatThereAreRuns() {
  try {
    localStorage.setItem(HAS_RUNS, "1");
  } catch {
    // then the example is seen for a moment
  }
}

/** The line over the newest run of one's own, which the page opened by itself. */
export function buildNewest() {
  const example = el("a", { href: address(`./?run=${EXAMPLE_RUN}`), text: "Show the example" });
  return el("p", { class: "vp-newest", hidden: true }, "Your newest run. ", example);
}
