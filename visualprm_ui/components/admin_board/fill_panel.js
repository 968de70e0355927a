// Adding solutions to a project.

import { el, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { errorText, upload } from "../../assets/rest.js";
import { actionButton, field, post } from "./actions.js";

/** @import { ImportResult } from "../../assets/api.d.ts" */

/**
 * Returns the panel that adds solutions to a project: from a file, or from the store, narrowed by a run, source, policy
 * or score.
 * @param {string} path of the project
 * @param {HTMLElement} status
 * @param {(text: string) => Promise<void>} done shows the project anew with a message
 */
export function fillPanel(path, status, done) {
  const text = (/** @type {string} */ placeholder, maxlength = "400") =>
    el("input", { type: "text", maxlength, placeholder });
  const origin = text("name of the format", "100");
  const file = fileInput(path, origin, status, done);
  const score = () => el("input", { type: "number", min: "0", max: "1", step: "0.05", placeholder: "any" });
  const [run, source, policy, low, high] = [text("address or id"), text("any"), text("any"), score(), score()];
  const reward = text("the newest scores of any");
  const contradicting = el("input", { type: "checkbox" });
  const body = () => {
    /** @type {Record<string, string | number | boolean>} */
    const filter = {};
    if (source.value.trim() !== "") filter.data_source = source.value.trim();
    if (policy.value.trim() !== "") filter.policy_model = policy.value.trim();
    if (low.value !== "") filter.min_score = Number(low.value);
    if (high.value !== "") filter.max_score = Number(high.value);
    if (reward.value.trim() !== "") filter.reward_model = reward.value.trim();
    if (contradicting.checked) filter.disagrees = true;
    return run.value.trim() === "" ? { filter } : { runs: [runOf(run.value)], filter };
  };
  const add = actionButton(
    "Add them",
    async () => {
      /** @type {{ added: number }} */
      const { added } = await post(`${path}/items`, body());
      await done(`${plural(added, "solution")} added.`);
    },
    status,
  );
  return el(
    "div",
    { class: "vp-admin-fill" },
    el(
      "div",
      { class: "vp-admin-form" },
      field("Labels come from", origin), // first: choosing a file sends it
      field("Add a file of solutions, or a zip of it with its pictures", file),
    ),
    el(
      "details",
      {},
      el("summary", { text: "Add solutions of the store" }),
      el(
        "div",
        { class: "vp-admin-form" },
        field("Of one run", run),
        field("Data source", source),
        field("Policy", policy),
        field("Score from", low),
        field("Score to", high),
        field("Scores of", reward),
        el(
          "label",
          { class: "vp-admin-check" },
          contradicting,
          el("span", { text: "Only where labels contradict the scores" }),
        ),
        add,
      ),
    ),
  );
}

/**
 * @param {string} path of the project
 * @param {HTMLInputElement} origin whose labels the file's are
 * @param {HTMLElement} status
 * @param {(text: string) => Promise<void>} done
 */
function fileInput(path, origin, status, done) {
  const accept = ".zip,.jsonl,.json,.csv,.parquet,application/zip";
  const input = el("input", { type: "file", accept, "aria-label": "File of solutions" });
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    const onProgress = (/** @type {number} */ part) => setText(status, `Sending, ${Math.round(100 * part)} %`);
    try {
      const source = origin.value.trim();
      const query = new URLSearchParams({ name: file.name, ...(source === "" ? {} : { source }) });
      /** @type {ImportResult} */
      const result = await upload(`${path}/import?${query}`, file, onProgress);
      await done(importText(result));
    } catch (error) {
      setText(status, errorText(error));
    }
    input.value = "";
  });
  return input;
}

/** @param {ImportResult} result */
function importText({ added, unchanged, conflicting, unlabelled, kept_fields: kept, errors }) {
  const first = errors[0] ? ` First error: line ${errors[0].line}, ${errors[0].reason}` : "";
  const differ = conflicting ? ` ${conflicting} with other labels than an earlier line of the same solution.` : "";
  const without = unlabelled ? ` ${unlabelled} without labels.` : "";
  const others = kept.length ? ` Other fields were kept for exports: ${kept.join(", ")}.` : "";
  return `${added} added, ${unchanged} there already, ${errors.length} refused.${without}${differ}${others}${first}`;
}

/**
 * Returns the run in an address as Explore's Copy link gives it, or the text itself.
 * @param {string} text
 */
export function runOf(text) {
  return /[?&]run=([^&#]+)/.exec(text)?.[1] ?? text.trim();
}
