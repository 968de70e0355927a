// Starting the built-in benchmark. The first time its problems have to be made, which takes some seconds.

import { setText } from "../../assets/dom.js";
import { call } from "../../assets/rest.js";

/** @import { Evaluation } from "../../assets/api.d.ts" */

const PROBLEMS = 200;

/**
 * Has the loaded reward model evaluated on it, and says meanwhile what takes its time.
 * @param {HTMLElement} status
 * @returns {Promise<Evaluation>}
 */
export async function startNano(status) {
  setText(status, `Making ${PROBLEMS} problems with labelled solutions…`);
  try {
    return await call("api/evaluations/nano", { method: "POST" });
  } finally {
    setText(status, "");
  }
}
