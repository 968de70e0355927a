// A project: how far it is and when it will be done, filling it, its settings.

import { el, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { address } from "../../assets/rest.js";
import { table } from "../dataset_board/list_controls.js";
import { actionButton, patch, post, statusLine } from "./actions.js";
import { fillPanel } from "./fill_panel.js";
import { membersPanel } from "./members_panel.js";
import { optionFields } from "./project_options.js";

/** @import { AnnotatorProgress, Project, ProjectQueue } from "../../assets/api.d.ts" */
/** @import { Reload } from "../../assets/views.js" */

const HEAD = ["Annotator", "Done", "Skipped", "In hand", "Steps an hour", "Seconds an item", "Gold", "Quiz"];

/** @type {Record<NonNullable<AnnotatorProgress["quiz"]>, string>} */
const QUIZ = { passed: "passed", failed: "failed", open: "not yet" };

/**
 * @param {Project} project
 * @param {Reload} reload
 */
export function projectCard({ project, title, options, members, archived, queues }, reload) {
  const status = statusLine();
  const path = `api/projects/${encodeURIComponent(project)}`;
  // the cards are drawn anew; what was done is shown on the new one
  const done = async (/** @type {string} */ text) => {
    await reload();
    const line = document.querySelector(`[data-project="${CSS.escape(project)}"] > .vp-status-line`);
    if (line) setText(line, text);
  };
  return el(
    "section",
    { class: "vp-card vp-admin-project", "aria-label": title, "data-project": project },
    el("h2", { text: title }),
    status,
    archived ? el("span", { class: "vp-tag", text: "archived" }) : "",
    ...queues.map((queue) => queuePart(queue, status, done)),
    fillPanel(path, status, done),
    membersPanel({ options, members }, path),
    settingsPanel({ options, archived, queues }, path, status, done, reload),
  );
}

/**
 * @param {Pick<Project, "options" | "archived" | "queues">} project
 * @param {string} path of the project
 * @param {HTMLElement} status
 * @param {(text: string) => Promise<void>} done
 * @param {Reload} reload
 */
function settingsPanel({ options, archived, queues }, path, status, done, reload) {
  const fields = optionFields(options, false);
  const save = async () => {
    if (!form.reportValidity()) return;
    await patch(path, { options: fields.changes() });
    await done("Saved.");
  };
  const archive = async () => {
    await patch(path, { archived: !archived });
    await reload();
  };
  const form = el(
    "form",
    { class: "vp-admin-form", novalidate: true, onsubmit: (event) => event.preventDefault() },
    ...fields.nodes,
    actionButton("Save", save, status, { type: "submit" }),
    ...queues.map(({ queue }) =>
      actionButton("Order anew what nobody has begun", () => reorder(queue, status), status),
    ),
    actionButton(archived ? "Take up again" : "Archive", archive, status),
  );
  return el("details", {}, el("summary", { text: "Settings" }), form);
}

/**
 * @param {string} queue its id
 * @param {HTMLElement} status
 */
async function reorder(queue, status) {
  /** @type {{ moved: number }} */
  const { moved } = await post(`api/queues/${encodeURIComponent(queue)}/reorder`);
  setText(status, `${plural(moved, "solution")} moved.`);
}

/**
 * @param {ProjectQueue} shown
 * @param {HTMLElement} status
 * @param {(text: string) => Promise<void>} say
 */
function queuePart(shown, status, say) {
  const { title, queue, total, done, labels_an_hour: pace, hours_left: left, people } = shown;
  const share = total > 0 ? done / total : 0;
  const parts = [
    `${done.toLocaleString("en")} of ${total.toLocaleString("en")} done`,
    pace === null ? null : `${Math.round(pace)} steps an hour`,
    left === null || done >= total ? null : `about ${durationText(left)} left`,
  ].filter(Boolean);
  return el(
    "div",
    { class: "vp-admin-queue" },
    el(
      "div",
      { class: "vp-admin-progress" },
      el("a", { href: address(`annotate?queue=${encodeURIComponent(queue)}`), text: title }),
      el(
        "span",
        {
          class: "vp-admin-bar",
          role: "progressbar",
          "aria-label": `${title}: done`,
          "aria-valuemin": "0",
          "aria-valuemax": String(total),
          "aria-valuenow": String(done),
        },
        el("span", { style: `width:${100 * share}%` }),
      ),
      el("span", { class: "vp-status-line", text: parts.join(" · ") }),
    ),
    people.length ? peopleTable(shown, status, say) : "",
  );
}

/**
 * @param {ProjectQueue} queue
 * @param {HTMLElement} status
 * @param {(text: string) => Promise<void>} say
 */
function peopleTable({ queue, title, people }, status, say) {
  const rounded = (/** @type {number | null} */ value) => (value === null ? "–" : Math.round(value));
  const rows = people.map((person) => [
    person.annotator,
    person.done,
    person.skipped,
    person.held ? releaseButton(queue, person, status, say) : 0,
    rounded(person.labels_an_hour),
    rounded(person.seconds_an_item),
    goldText(person.gold),
    person.quiz === null ? "–" : QUIZ[person.quiz],
  ]);
  return table(`People of ${title}`, HEAD, rows);
}

/**
 * Gives others what a person holds.
 * @param {string} queue its id
 * @param {AnnotatorProgress} person
 * @param {HTMLElement} status
 * @param {(text: string) => Promise<void>} say
 */
function releaseButton(queue, { annotator, held }, status, say) {
  const release = async () => {
    /** @type {{ released: number }} */
    const { released } = await post(`api/queues/${encodeURIComponent(queue)}/release`, { annotator });
    await say(`${plural(released, "solution")} of ${annotator} given back.`);
  };
  const name = `Give back ${plural(held, "solution")} that ${annotator} holds`;
  return actionButton(`Give back ${held}`, release, status, { "aria-label": name, title: name });
}

/** @param {AnnotatorProgress["gold"]} gold */
function goldText(gold) {
  if (!gold || gold.steps === 0) return "–";
  return `${Math.round((100 * gold.right) / gold.steps)} % of ${gold.steps}`;
}

/**
 * "3 hours", "2 days".
 * @param {number} hours
 */
function durationText(hours) {
  if (hours < 1) return plural(Math.max(1, Math.round(60 * hours)), "minute");
  return hours < 48 ? plural(Math.round(hours), "hour") : plural(Math.round(hours / 24), "day");
}
