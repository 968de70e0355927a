// What can be added to a pool: more solutions of every problem, and the scores of the loaded reward model.

import { el, setText, show } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { inWords } from "../transfer_panel/job_text.js";
import { counted } from "./figures.js";
import { searchNumbers } from "./search_fields.js";

/** @import { PoolCurve } from "../../assets/api.d.ts" */

/**
 * Asks how many, and has them sampled.
 * @param {PoolCurve} curve
 * @param {string} path of the evaluation
 * @param {{ greedy: boolean, begun: () => unknown }} options `greedy`: whether to offer that first
 */
export function askForSolutions(curve, path, { greedy, begun }) {
  const lacksGreedy = curve.protocols.some((each) => each.protocol === "greedy-first" && each.lacking > 0);
  const count = el("input", {
    type: "number",
    class: "vp-ev-field",
    min: 0,
    max: curve.room,
    value: greedy ? 0 : Math.min(8, curve.room),
    required: true,
  });
  const box = el("input", { type: "checkbox", checked: greedy && lacksGreedy });
  const cost = el("p", { class: "vp-ev-note", role: "status" });
  const each = curve.solutions > 0 ? curve.seconds / curve.solutions : null;
  const dialog = frame(
    "Add solutions",
    [
      el("label", { class: "vp-ev-dialog-field" }, el("span", { text: "More solutions of each problem" }), count),
      el("p", {
        class: "vp-ev-note",
        text: `Up to ${curve.room} more: a pool holds at most 128. Those that are there stay.`,
      }),
      lacksGreedy
        ? el(
            "label",
            { class: "vp-ev-dialog-check" },
            box,
            el("span", { text: "A greedy solution of each problem, which greedy first needs" }),
          )
        : null,
      cost,
    ],
    "Sample them",
    () =>
      call(`${path}/add-solutions`, {
        method: "POST",
        body: { n: Number(count.value), greedy: lacksGreedy && box.checked },
      }),
    begun,
  );
  const tell = () => {
    const all = (Number(count.value) + (lacksGreedy && box.checked ? 1 : 0)) * (curve.total ?? curve.problems);
    const time = each === null ? "" : `, about ${inWords(all * each)}`;
    setText(cost, all > 0 ? `${counted(all, "solution")}${time}.` : "Nothing to sample yet.");
  };
  for (const field of [count, box]) field.addEventListener("input", tell);
  tell();
  dialog.showModal();
  count.focus();
}

/**
 * Asks how each problem is to be searched, too, and has it searched.
 * @param {PoolCurve} curve
 * @param {string} path of the evaluation
 * @param {() => unknown} begun
 */
export function askToSearch(curve, path, begun) {
  const numbers = searchNumbers(null, () => {}, "vp-ev-dialog-field");
  const guide = curve.models[0]?.name ?? "the PRM";
  const each = `Each of the ${counted(curve.problems, "problem")} is searched under ${guide}`;
  const about = `${each}; its solutions stay as they are.`;
  const dialog = frame(
    "Add a guided search",
    [...numbers.labels, numbers.about, el("p", { class: "vp-ev-note", text: about })],
    "Search them",
    async () => {
      const problem = numbers.problem();
      if (problem !== null) throw new Error(problem);
      await call(`${path}/add-search`, { method: "POST", body: numbers.value() });
    },
    begun,
  );
  dialog.showModal();
  numbers.first.focus();
}

/**
 * Asks what the loaded model reads, and has it score the pool.
 * @param {PoolCurve} curve
 * @param {string} path of the evaluation
 * @param {() => unknown} begun
 */
export function askToScore(curve, path, begun) {
  const name = curve.loaded?.name ?? "";
  const taken = curve.models
    .filter((each) => each.name === name && each.revision === curve.loaded?.revision)
    .map((each) => each.mode);
  const modes = /** @type {const} */ ([
    ["steps", "Every step, as a PRM", "Step scores are stored with the solutions."],
    ["whole", "The whole solution at once, as an ORM", "One score a solution, kept with this evaluation."],
  ]);
  const free = modes.filter(([mode]) => !taken.includes(mode));
  const radios = free.map(([mode], index) =>
    el("input", { type: "radio", name: "vp-ev-mode", value: mode, checked: index === 0 }),
  );
  const dialog = frame(
    `Score with ${name}`,
    [
      el("p", { class: "vp-ev-note", text: `${counted(curve.solutions, "solution")}; nothing is sampled.` }),
      ...free.map(([, title, about], index) =>
        el(
          "label",
          { class: "vp-ev-dialog-check" },
          radios[index],
          el("span", {}, title, el("small", { class: "vp-ev-note", text: about })),
        ),
      ),
    ],
    "Score them",
    () =>
      call(`${path}/score-again`, {
        method: "POST",
        body: { mode: radios.find((radio) => radio.checked)?.value ?? "steps" },
      }),
    begun,
  );
  dialog.showModal();
  radios[0]?.focus();
}

/**
 * @param {string} title
 * @param {(Node | null)[]} content
 * @param {string} action
 * @param {() => Promise<unknown>} work
 * @param {() => unknown} done
 */
function frame(title, content, action, work, done) {
  const error = el("p", { class: "vp-ev-bad", role: "alert", hidden: true });
  const cancel = el("button", { type: "button", class: "vp-btn", text: "Cancel" });
  const submit = el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: action });
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "vp-ev-pool-dialog", dir: "auto", text: title }),
    ...content,
    error,
    el("div", { class: "vp-ev-ask-row" }, cancel, submit),
  );
  const dialog = el("dialog", { class: "vp-host vp-ev-ask", "aria-labelledby": "vp-ev-pool-dialog" }, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    show(error, false);
    try {
      await work();
      dialog.close();
      done();
    } catch (caught) {
      setText(error, errorText(caught));
      show(error, true);
    }
    submit.disabled = false;
  });
  document.body.append(dialog);
  return dialog;
}
