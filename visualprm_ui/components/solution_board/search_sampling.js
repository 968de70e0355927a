// Sampling the independent solutions that a guided search is compared with: as many as a step of it has tries.

import { el, setText, show } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { isLive } from "./run_facts.js";

/** @import { RunView } from "../../assets/api.d.ts" */

const LOOK_MS = 1500; // between two looks at the run that was begun

/**
 * Returns the button with what it says, and what draws them.
 * @param {() => void} later draws the board anew
 */
export function sampleBeside(later) {
  const button = el("button", { type: "button", class: "vp-btn" });
  const said = el("p", { class: "vp-cell-small", role: "status" });
  const node = el("div", { class: "vp-guided-sample", hidden: true }, button, said);
  let asked = ""; // the search for which a run was begun
  /** @type {RunView | null} */
  let search = null;
  /** @type {(run: string) => void} */
  let look = () => {};

  button.addEventListener("click", async () => {
    if (!search) return;
    const mine = search;
    asked = mine.run;
    setText(said, "");
    later();
    try {
      /** @type {{ run: string }} */
      const { run } = await call("api/runs", { method: "POST", body: independentRequest(mine) });
      const message = await ended(run, (text) => setText(said, text));
      setText(said, message);
      if (search?.run === mine.run) look(mine.run);
    } catch (error) {
      setText(said, errorText(error));
    }
    asked = "";
    later();
  });

  /**
   * @param {RunView} view of the search
   * @param {boolean} isNone whether there is no run beside it, and one would be
   * @param {(run: string) => void} load asks for the run beside once more
   */
  const draw = (view, isNone, load) => {
    if (search?.run !== view.run) setText(said, "");
    [search, look] = [view, load];
    setText(button, `Sample ${independentCount(view)} independent solutions`);
    button.disabled = asked === view.run;
    show(node, isNone);
  };
  return { node, draw };
}

/**
 * Follows a run to its end; returns why nothing can be compared with it, "" where it can.
 * @param {string} run
 * @param {(text: string) => void} tell
 */
async function ended(run, tell) {
  for (;;) {
    /** @type {RunView} */
    const view = await call(`api/runs/${encodeURIComponent(run)}`);
    if (!isLive(view)) return view.state === "done" ? "" : (view.message ?? "The run was stopped.");
    tell(view.ahead > 0 ? "Waiting for the models" : `${view.finished} of ${view.sampling.n} sampled`);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/**
 * As many independent solutions as a step of the search has tries.
 * @param {Pick<RunView, "search">} view
 */
export function independentCount({ search }) {
  return (search?.width ?? 1) * (search?.expansions ?? 1);
}

/**
 * The body of `POST api/runs` that asks the same question for independent solutions.
 * @param {Pick<RunView, "search" | "question" | "reference" | "images" | "sampling">} view
 */
export function independentRequest(view) {
  const { question, reference, images, sampling } = view;
  return { question, answer: reference, images, sampling: { ...sampling, n: independentCount(view) } };
}
