// Sampling the independent solutions that a guided search is compared with: as many as a step of it has tries.

import { el, setText, show } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";
import { FollowedSampling } from "./followed_sampling.js";

/** @import { RunView } from "../../assets/api.d.ts" */
/** @import { Asked } from "./followed_sampling.js" */

const LOOK_MS = 1500; // between two looks at the run that was begun

/** @type {Asked} */
const REST = {
  begin: ({ run }) => call(`api/runs/${encodeURIComponent(run)}/beside`, { method: "POST" }),
  look: (run) => call(`api/runs/${encodeURIComponent(run)}`),
  wait: () => new Promise((done) => setTimeout(done, LOOK_MS)),
};

/**
 * Returns the button with what it says, and what draws them.
 * @param {() => void} later draws the board anew
 */
export function sampleBeside(later) {
  const button = el("button", { type: "button", class: "vp-btn" });
  const said = el("p", { class: "vp-cell-small", role: "status" });
  const node = el("div", { class: "vp-guided-sample", hidden: true }, button, said);
  /** @type {RunView | null} */
  let search = null;
  /** @type {(run: string) => void} */
  let look = () => {};
  const refresh = () => {
    const now = sampling.of(search?.run ?? "");
    setText(said, now.said);
    button.disabled = now.isBusy;
  };
  const sampling = new FollowedSampling(REST, refresh, (run) => {
    look(run);
    later();
  });
  button.addEventListener("click", () => search && sampling.begin(search));

  /**
   * @param {RunView | null} view of the search; null: the board shows none
   * @param {boolean} isNone whether there is no run beside it, and one would be
   * @param {(run: string) => void} load asks for the run beside once more
   */
  const draw = (view, isNone, load) => {
    [search, look] = [view, load];
    sampling.show(view?.run ?? "");
    if (!view) return;
    setText(button, `Sample ${independentCount(view)} independent solutions`);
    refresh();
    show(node, isNone);
  };
  return { node, draw };
}

/**
 * As many independent solutions as a step of the search has tries.
 * @param {Pick<RunView, "search">} view
 */
function independentCount({ search }) {
  return (search?.width ?? 1) * (search?.expansions ?? 1);
}
