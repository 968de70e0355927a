// What can be done with a Best-of-N evaluation, in the head of its page.

import { el, setAttr } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address } from "../../assets/rest.js";
import { searchRefusal } from "../search_choice/mount.js";
import { isUnfinished } from "../transfer_panel/job_text.js";
import { pageLink } from "./board.js";
import { copyButton } from "./copy_button.js";
import {
  actionButton,
  askToRemove,
  canCompare,
  cancel,
  canGiveUp,
  canResume,
  giveUp,
  openNew,
  resume,
  resumeNote,
  triesAgain,
} from "./evaluation_actions.js";
import { popover } from "./popover.js";

/** @import { PoolCurve } from "../../assets/api.d.ts" */
/** @import { PageContext } from "./board.js" */

const NOT_LOADED = "Load the policy and a PRM of this pool under Models on Explore first.";

/**
 * The files that the command of the page reads.
 * @param {string} path
 * @param {Pick<PoolCurve, "protocol">} curve
 */
export function poolFiles(path, { protocol }) {
  return [
    { name: "problems.jsonl", address: address(`${path}/problems.jsonl`) },
    { name: "pool.jsonl", address: address(`${path}/pool.jsonl?protocol=${protocol}`) },
  ];
}

/**
 * @param {PoolCurve} curve
 * @param {string} path
 * @param {PageContext} context
 * @param {() => unknown} begun
 * @param {(sentence: string) => void} say
 */
export function headActions(curve, path, { isAdmin, navigate }, begun, say) {
  const { evaluation } = curve;
  const file = (/** @type {string} */ name, /** @type {string} */ text) =>
    el("a", { href: address(`${path}/${name}`), download: "", text });
  const protocol = `protocol=${curve.protocol}`;
  const exported = popover(
    { class: "vp-btn" },
    [icon("download"), "Export"],
    [
      ...["csv", "markdown", "latex"].map((format) =>
        file(`curve-table?${protocol}&format=${format}`, `Table, ${format}`),
      ),
      file(`pool-report?${protocol}`, "Report, one HTML file"),
    ],
  );
  const beside = pageLink(
    new URLSearchParams({ mark: evaluation.id }),
    { class: "vp-btn" },
    icon("compare"),
    "Compare with…",
  );
  const link = copyButton("Copy link", () => location.href, "link");
  if (!isAdmin) return canCompare(evaluation) ? [beside, link, exported] : [link, exported];
  if (isUnfinished(evaluation)) {
    const stop = actionButton(
      "Cancel",
      "stop",
      async () => {
        await cancel(evaluation);
        await begun();
      },
      say,
    );
    return [link, exported, stop];
  }
  const isTaken = (/** @type {"steps" | "whole"} */ mode) =>
    curve.models.some(
      (each) => each.mode === mode && each.name === curve.loaded?.name && each.revision === curve.loaded?.revision,
    );
  const score =
    curve.loaded && !(isTaken("steps") && isTaken("whole"))
      ? [
          actionButton(
            `Score with ${curve.loaded.name}`,
            "star",
            async () => (await import("./pool_dialogs.js")).askToScore(curve, path, begun),
            say,
          ),
        ]
      : [];
  const add = actionButton(
    "Add solutions",
    "plus",
    async () => (await import("./pool_dialogs.js")).askForSolutions(curve, path, { greedy: false, begun }),
    say,
  );
  add.disabled = !curve.can_sample;
  setAttr(add, "title", curve.can_sample ? null : NOT_LOADED);
  const refusal = searchRefusal(window.VP?.status ?? null);
  const search = el("button", {
    type: "button",
    text: "Add a guided search…",
    disabled: !curve.can_sample || refusal !== "",
    title: curve.can_sample ? refusal || null : NOT_LOADED,
    onclick: async () => (await import("./pool_dialogs.js")).askToSearch(curve, path, begun),
  });
  const goOn = actionButton(
    "Resume",
    "play",
    async () => {
      await resume(evaluation);
      await begun();
    },
    say,
    triesAgain(evaluation) ? "" : "vp-btn-primary",
  );
  goOn.title = resumeNote(evaluation);
  const leave = canGiveUp(evaluation)
    ? [
        actionButton(
          "Discard the addition",
          "stop",
          async () => {
            await giveUp(evaluation);
            await begun();
          },
          say,
        ),
      ]
    : [];
  const more = popover(
    { class: "vp-btn vp-ev-icon", "aria-label": "More" },
    [icon("more")],
    [
      search,
      el("button", {
        type: "button",
        text: "Run again…",
        onclick: () => openNew(evaluation, ({ id }) => navigate(new URLSearchParams({ id }))),
      }),
      el("button", {
        type: "button",
        text: "Remove…",
        onclick: () => askToRemove(evaluation, () => navigate(new URLSearchParams())),
      }),
    ],
  );
  const compared = canCompare(evaluation) ? [beside] : [];
  return [...(canResume(evaluation) ? [goOn] : []), ...leave, ...compared, link, exported, ...score, add, more];
}
