// Splits of a queue under review: a sample of each is judged, and a split with errors goes back to its annotators.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import {
  emptyState,
  filterForm,
  labelIcon,
  listQueues,
  problemCell,
  queueOptions,
  table,
  viewLink,
} from "./list_controls.js";

/** @import { Choice } from "./list_controls.js" */
/** @import { Reload } from "../../assets/views.js" */

/** @import { SampledItem, Split, SplitSample, SplitState, Verdict } from "../../assets/api.d.ts" */

const HEAD = ["Split", "State", "Round", "Labelled", "Reviewed", "Wrong", ""];
/** @type {Record<SplitState, string>} */
const STATES = { labelling: "being labelled", review: "ready for review", accepted: "accepted", returned: "sent back" };

/**
 * Returns the view's node.
 * @param {URLSearchParams} query
 * @param {Reload} reload
 */
export async function splits(query, reload) {
  const queue = query.get("queue");
  if (queue && query.has("split")) return oneSplit(queue, pathOf(queue), Number(query.get("split")), reload);
  /** @type {Choice[]} */
  const options = [["", "All that are ready for review"], ...queueOptions(await listQueues()).slice(1)];
  return el(
    "div",
    { class: "vp-dataset-part" },
    filterForm("splits", query, [["queue", "Queue", options]]),
    queue ? await ofQueue(queue) : await ready(),
  );
}

/** @param {string} queue */
const pathOf = (queue) => `api/queues/${encodeURIComponent(queue)}/splits`;

/** @param {string} queue */
async function ofQueue(queue) {
  /** @type {{ splits: Split[] }} */
  const { splits: rows } = await call(pathOf(queue));
  return rows.length
    ? table(
        "Splits",
        HEAD,
        rows.map((row) => splitRow(queue, row)),
      )
    : emptyState("No splits", "This queue is not reviewed in splits.");
}

/** Returns what waits for a reviewer, over all queues. */
async function ready() {
  /** @type {{ splits: (Split & { queue: string, title: string })[] }} */
  const { splits } = await call("api/splits?state=review");
  const rows = splits.map((row) => [row.title, ...splitRow(row.queue, row)]);
  return rows.length
    ? table("Splits ready for review", ["Queue", ...HEAD], rows)
    : emptyState(
        "Nothing to review",
        "A split is ready for review when all of it is labelled. Choose a queue to see how far it is.",
      );
}

/**
 * Returns "Right" and "Wrong" for sampled work, as it is shown here.
 * @param {string} path of the split
 * @param {SampledItem} item
 * @param {SplitState} state
 * @param {() => unknown} done follows a stored verdict
 * @param {HTMLElement} status takes the sentence of a refusal
 */
export function verdictButtons(path, { task, name, labels, verdict }, state, done, status) {
  /** @type {[string, Verdict][]} */
  const verdicts = [
    ["Right", "right"],
    ["Wrong", "wrong"],
  ];
  return verdicts.map(([word, value]) =>
    el("button", {
      type: "button",
      class: "vp-btn",
      "aria-pressed": String(verdict === value),
      text: word,
      disabled: state !== "review",
      onclick: async () => {
        try {
          await call(`${path}/verdicts`, { method: "POST", body: { task, name, labels, verdict: value, note: "" } });
          await done();
        } catch (error) {
          setText(status, errorText(error));
        }
      },
    }),
  );
}

/**
 * @param {string} queue
 * @param {Split} split
 * @returns {(Node | string | number)[]}
 */
function splitRow(queue, { split, state, round, done, total, reviewed, sample, wrong }) {
  const navigate =
    state === "labelling" || state === "returned"
      ? ""
      : viewLink("splits", { queue, split }, state === "review" ? "Review" : "Look", { class: "vp-btn" });
  return [
    `${split + 1}`,
    STATES[state] ?? state,
    round,
    `${done} of ${total}`,
    `${reviewed} of ${sample}`,
    wrong,
    navigate,
  ];
}

/**
 * Returns the sampled items of a split, each judged right or wrong; then the split is accepted or sent back.
 * @param {string} queue
 * @param {string} path of its splits
 * @param {number} split
 * @param {Reload} reload
 */
async function oneSplit(queue, path, split, reload) {
  /** @type {SplitSample} */
  const { items, state } = await call(`${path}/${split}`);
  const status = el("p", { class: "vp-status-line", role: "status" });
  /**
   * @param {string} address
   * @param {object} body
   */
  const send = async (address, body) => {
    try {
      await call(address, { method: "POST", body });
      await reload();
    } catch (error) {
      setText(status, errorText(error));
    }
  };
  const note = el("textarea", {
    rows: "2",
    maxlength: "10000",
    placeholder: "What should be looked at again",
    "aria-label": "Note to the annotators",
    dir: "auto",
  });
  const open = items.filter(({ verdict }) => verdict === null).length;
  const wrong = items.filter(({ verdict }) => verdict === "wrong").length;
  const rows = items.map((item) => {
    const { task, solution, question, image, annotator, labels } = item;
    return [
      problemCell(image, question),
      annotator,
      el("span", { class: "vp-label-icons" }, ...labels.map((label) => labelIcon(label))),
      el("span", { class: "vp-label-icons" }, ...verdictButtons(`${path}/${split}`, item, state, reload, status)),
      viewLink("solution", { queue, split, task, id: solution }, "Open", { class: "vp-btn" }),
    ];
  });
  return el(
    "div",
    { class: "vp-dataset-part" },
    viewLink("splits", { queue }, "All splits", { class: "vp-btn" }),
    table(`Sample of split ${split + 1}`, ["Problem", "Annotator", "Labels", "Verdict", ""], rows),
    state === "review"
      ? el(
          "div",
          { class: "vp-sv-decision vp-card" },
          el("p", { text: `${items.length - open} of ${items.length} judged, ${wrong} wrong.` }),
          note,
          el(
            "div",
            { class: "vp-button-row" },
            el("button", {
              type: "button",
              class: "vp-btn vp-btn-primary",
              text: "Accept the split",
              disabled: open > 0 || wrong > 0,
              onclick: () => send(`${path}/${split}/accept`, {}),
            }),
            el("button", {
              type: "button",
              class: "vp-btn",
              text: "Send it back",
              disabled: wrong === 0,
              onclick: () => send(`${path}/${split}/send-back`, { note: note.value }),
            }),
            status,
          ),
        )
      : status,
  );
}
