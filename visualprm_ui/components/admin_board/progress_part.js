// How a project is doing: the next thing that needs a person, labels and their forecast, how good they are, who does
// what.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { emptyState, table } from "../dataset_board/list_controls.js";
import { doneCell, personCell } from "./person_cell.js";
import { agreementPlot, labelPlot } from "./plot.js";
import {
  actionWords,
  forecastWords,
  intervalText,
  notCountedText,
  percentText,
  quietText,
  secondsText,
} from "./progress_words.js";
import { adminLink, partPath, pathLink } from "./project_address.js";

/** @import { ProjectPerson, ProjectProgress, Statistic } from "../../assets/api.d.ts" */
/** @import { IconName } from "../../assets/icons.js" */

const HEAD = ["Annotator", "Last 24 hours", "Done", "Median per step", "Gold", "Agreement", "Sent back", ""];

/**
 * Returns the part's nodes.
 * @param {ProjectProgress} progress
 */
export function progressPart(progress) {
  const { solutions } = progress;
  const people = progress.people.filter(hasPart);
  return [
    nextAction(progress),
    ...(solutions === 0
      ? []
      : [
          el("div", { class: "vp-pp-cards" }, labelCard(progress), qualityCard(progress)),
          people.length
            ? table(
                "People of the project",
                HEAD,
                people.map((person) => personRow(person, progress.project)),
              )
            : emptyState("Nobody has begun", whoSees(progress)),
        ]),
  ];
}

/** @param {ProjectProgress} progress */
function whoSees({ options: { members_only: isClosed } }) {
  return isClosed
    ? "Its members find the project in their list on Annotate. Add them under People."
    : "Everybody who may label finds the project in their list on Annotate.";
}

/**
 * Whether somebody has done something, or has something to do; not who only had a look.
 * @param {Pick<ProjectPerson, "done" | "held" | "sent_back">} person
 */
export function hasPart({ done, held, sent_back: returned }) {
  return done + held + returned > 0;
}

/** @param {ProjectProgress} progress */
function nextAction(progress) {
  const [first, ...others] = progress.actions;
  if (!first) return el("p", { class: "vp-pp-quiet" }, icon("check"), quietText(progress));
  const { title, text, button, path } = actionWords(first, progress);
  const rest = others.flatMap((action, index) => {
    const words = actionWords(action, progress);
    return [index ? " · " : "", pathLink(words.path, {}, words.title)];
  });
  return el(
    "section",
    { class: "vp-pp-next", "aria-label": "Next" },
    el(
      "div",
      { class: "vp-card vp-pp-next-card" },
      icon(NEXT_ICONS[first.kind], 20),
      el("div", {}, el("h3", { text: title }), el("p", { text })),
      pathLink(path, { class: "vp-btn vp-btn-primary" }, button, icon("right", 14)),
    ),
    rest.length ? el("p", { class: "vp-status-line" }, "After that: ", ...rest) : null,
  );
}

/** @type {Record<ProjectProgress["actions"][number]["kind"], IconName>} */
const NEXT_ICONS = {
  fill: "plus",
  quiz_items: "note",
  returned: "undo",
  review: "eye",
  disagreements: "compare",
  quiz: "note",
  speed: "warning",
  export: "download",
};

/** @param {ProjectProgress} progress */
function labelCard(progress) {
  const { labels, forecast, at } = progress;
  const { end, note } = forecastWords(forecast, new Date(at), labels);
  const wanted = labels.wanted.toLocaleString("en");
  /** @type {[kind: string, count: number, text: string][]} */
  const states = [
    ["done", labels.done, "done"],
    ["returned", labels.sent_back, "sent back"],
    ["work", labels.in_work, "in work"],
    ["open", labels.to_do, "to do"],
  ];
  const others = notCountedText(progress.people);
  const width = (/** @type {number} */ count) => `width: ${((100 * count) / Math.max(labels.wanted, 1)).toFixed(2)}%`;
  return el(
    "section",
    { class: "vp-card vp-pp-card", "aria-label": "Labels" },
    el(
      "div",
      { class: "vp-pp-top" },
      el("p", {}, el("b", { class: "vp-num", text: labels.done.toLocaleString("en") }), ` of ${wanted} labels`),
      el("p", { class: "vp-pp-end" }, end ? el("b", { text: end }) : null, el("span", { text: note })),
    ),
    el(
      "div",
      { class: "vp-pp-bar", "aria-hidden": "true" },
      ...states.map(([kind, count]) => el("span", { "data-kind": kind, style: width(count) })),
    ),
    el(
      "ul",
      { class: "vp-pp-legend" },
      ...states.map(([kind, count, text]) =>
        el("li", {}, el("span", { "data-kind": kind, "aria-hidden": "true" }), `${count.toLocaleString("en")} ${text}`),
      ),
      el("li", {}, el("b", { class: "vp-num", text: labels.last_day }), " in the last 24 hours"),
    ),
    others ? el("p", { class: "vp-status-line", text: others }) : null,
    progress.days.length ? labelPlot(progress) : null,
  );
}

/** @param {ProjectProgress} progress */
function qualityCard(progress) {
  const { gold, agreement, agreement_days: days } = progress;
  const decimal = (/** @type {number} */ value) => value.toFixed(2);
  const known = gold.share.value === null ? "No gold item is labelled yet." : `of ${plural(gold.of, "gold step")}`;
  const both = agreement.share.value === null ? "" : `on ${plural(agreement.of, "solution")}`;
  return el(
    "section",
    { class: "vp-card vp-pp-card", "aria-label": "Quality" },
    figure("Gold accuracy", gold.share.value, percentText, [
      known,
      gold.share.value === null ? "" : intervalText(gold.share, percentText),
    ]),
    el("hr"),
    figure("Agreement, Krippendorff’s α", agreement.share.value, decimal, [
      intervalText(agreement.share, decimal),
      both,
    ]),
    days.length > 1 ? agreementPlot(progress) : null,
  );
}

/**
 * @param {string} name
 * @param {number | null} value
 * @param {(value: number) => string} show
 * @param {string[]} notes
 */
function figure(name, value, show, notes) {
  return el(
    "div",
    {},
    el("h3", { text: name }),
    el(
      "p",
      { class: "vp-pp-figure" },
      value === null ? null : el("b", { class: "vp-num", text: show(value) }),
      el("span", { text: notes.filter(Boolean).join(" · ") }),
    ),
  );
}

/**
 * @param {ProjectPerson} person
 * @param {string} project
 */
function personRow(person, project) {
  const { annotator, name, last_day: today, median_seconds_a_step: seconds, agreement } = person;
  const { gold, gold_share: share } = person;
  return [
    personCell(name),
    number(String(today)),
    doneCell(person),
    seconds === null ? "–" : speed(secondsText(seconds), person.worth_a_look),
    goldCell(gold, share),
    agreement.value === null ? "–" : number(agreement.value.toFixed(2)),
    number(String(person.sent_back)),
    person.too_fast === 0 ? "" : fastLink(person, project, annotator),
  ];
}

/**
 * How well somebody labelled gold items: a bar with its interval, and the figures.
 * @param {ProjectPerson["gold"]} gold
 * @param {Statistic} share
 */
function goldCell(gold, share) {
  if (gold === null || share.value === null) return el("span", { class: "vp-status-line", text: "no gold item yet" });
  const width = (/** @type {number} */ part) => `${(100 * part).toFixed(1)}%`;
  const { interval } = share;
  return el(
    "span",
    { class: "vp-pp-gold" },
    el(
      "span",
      { class: "vp-pp-gold-bar", "aria-hidden": "true" },
      el("span", { class: "vp-pp-gold-share", style: `width: ${width(share.value)}` }),
      interval
        ? el("span", {
            class: "vp-pp-gold-interval",
            style: `left: ${width(interval[0])}; width: ${width(interval[1] - interval[0])}`,
          })
        : null,
    ),
    number(percentText(share.value)),
    el("span", {
      class: "vp-status-line",
      text: `${interval ? intervalText(share, percentText) : "no interval"}, ${plural(gold.steps, "step")}`,
      title: interval ? "95 % interval over the gold items" : (share.reason ?? ""),
    }),
  );
}

/** @param {string} text */
function number(text) {
  return el("span", { class: "vp-num", text });
}

/**
 * @param {string} text
 * @param {boolean} isAlarming
 */
function speed(text, isAlarming) {
  const shown = number(text);
  return isAlarming ? el("span", { class: "vp-pp-alarm" }, icon("warning", 14), shown) : shown;
}

/**
 * @param {ProjectPerson} person
 * @param {string} project
 * @param {string} annotator
 */
function fastLink({ name, too_fast: fast, timed, worth_a_look: isAlarming }, project, annotator) {
  return adminLink(
    partPath(project, "progress", { fast: annotator }),
    { class: isAlarming ? "vp-btn" : "vp-btn vp-btn-quiet", "aria-label": `Solutions that ${name} labelled too fast` },
    `${fast} of ${timed} too fast`,
  );
}
