// What the figures of a project say in words. Pure: knows no page.

import { plural } from "../../assets/plural.js";
import { datasetPath, exportPath, partPath } from "./project_address.js";

/** @import { LabelForecast, ProjectAction, ProjectPerson, ProjectProgress, Statistic } from "../../assets/api.d.ts" */

/**
 * @typedef {object} ActionWords
 * @property {string} title what waits
 * @property {string} text why it matters
 * @property {string} button
 * @property {string} path where it is done
 */

const DAY = 24 * 60 * 60 * 1000; // milliseconds
const ALL_SENT_BACK = "All that was labelled was sent back, so there is no pace to go by.";

/**
 * Returns what is said of something that waits, and where it is done.
 * @param {ProjectAction} action
 * @param {Pick<ProjectProgress, "project" | "queue" | "people" | "labels">} progress
 * @returns {ActionWords}
 */
export function actionWords({ kind, count, people, split }, { project, queue, people: known, labels }) {
  const names = people.map((each) => known.find(({ annotator }) => annotator === each)?.name ?? each);
  const who = listed(names);
  switch (kind) {
    case "fill":
      return {
        title: "This project is empty",
        text: "Add solutions from a file, from runs, or from what is stored. People can begin as soon as there is one.",
        button: "Add solutions",
        path: partPath(project, "fill"),
      };
    case "quiz_items":
      return {
        title: "The entry quiz has no items",
        text: "Everybody gets past it. Draw some solutions whose labels are known.",
        button: "Draw quiz items",
        path: partPath(project, "fill"),
      };
    case "returned":
      return {
        title: `${plural(count, "returned solution")} that nobody has taken up`,
        text: "Their annotators had a week. Now anyone who may label here is offered them: let people know.",
        button: count === 1 ? "Look at it" : "Look at them",
        path: datasetPath("browse", { queue, state: "sent_back" }),
      };
    case "review":
      return {
        title: `${plural(count, "split")} ${count === 1 ? "waits" : "wait"} for review`,
        text: "A reviewer judges a sample of each. Annotators still remember work that is sent back soon.",
        button: `Review split ${(split ?? 0) + 1}`,
        path: `review?${new URLSearchParams({ queue, split: String(split ?? 0) })}`,
      };
    case "disagreements":
      return {
        title: `${plural(count, "disagreement")} to decide`,
        text: "A step without a majority has no final label until a reviewer decides.",
        button: "Decide",
        path: `adjudicate?${new URLSearchParams({ queue })}`,
      };
    case "quiz":
      return {
        title: `${who} failed the entry quiz`,
        text: `${names.length === 1 ? "This person gets" : "They get"} no work here until you let them try again.`,
        button: "See the results",
        path: partPath(project, "people"),
      };
    case "speed":
      return {
        title: `${who} ${names.length === 1 ? "labels" : "label"} faster than anyone can read`,
        text: "There can be good reasons for that. Look at the solutions before you ask.",
        button: "Look at them",
        path: partPath(project, "progress", { fast: people[0] ?? "" }),
      };
    case "export":
      return {
        title: "Everything is labelled",
        text: `All ${plural(labels.done, "label")} are in, and nothing is waiting for a decision.`,
        button: "Export",
        path: exportPath(project),
      };
  }
}

/**
 * "ada", "ada and bob", "ada, bob and 2 more".
 * @param {string[]} names
 */
export function listed(names) {
  if (names.length > 3) return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/**
 * Returns when a project will be done, and what that rests on.
 * @param {LabelForecast} forecast
 * @param {Date} at
 * @param {Pick<ProjectProgress["labels"], "done" | "sent_back">} labels
 * @returns {{ end: string, note: string }}
 */
export function forecastWords(forecast, at, { done, sent_back: returned }) {
  const { a_day: pace, over_days: days, days_left: left, soonest, latest, reason } = forecast;
  if (left === null) return { end: "", note: done === 0 && returned > 0 ? ALL_SENT_BACK : (reason ?? "") };
  if (left === 0) return { end: "All labelled", note: "" };
  const end = `Done about ${dayName(dayAfter(at, left), true)}`;
  const since = days === 1 ? "the last 24 hours" : `the last ${days} days`;
  const words = pace === null ? "" : `${shortNumber(pace)} labels a day, as in ${since}`;
  if (soonest === null) return { end, note: [words && `At ${words}.`, reason].filter(Boolean).join(" ") };
  const range = rangeText(dayAfter(at, soonest), latest === null ? null : dayAfter(at, latest));
  return { end, note: words ? `${range}, at ${words}` : range };
}

/**
 * Says which answers are not among the labels; "" where there are none.
 * @param {Pick<ProjectPerson, "done" | "work_done" | "quiz_done">[]} people
 */
export function notCountedText(people) {
  const quiz = people.reduce((sum, each) => sum + each.quiz_done, 0);
  const gold = people.reduce((sum, each) => sum + each.done - each.work_done - each.quiz_done, 0);
  const parts = [
    quiz ? `${plural(quiz, "answer")} to the entry quiz` : "",
    gold ? `${plural(gold, "answer")} to hidden gold items` : "",
  ];
  const others = parts.filter(Boolean).join(" and ");
  return others && `Not counted as labels: ${others}.`;
}

/**
 * Says that nothing waits for an admin, and whether work goes on.
 * @param {Pick<ProjectProgress, "labels" | "people" | "options">} progress
 */
export function quietText({ labels: { done, in_work: held, last_day: lately }, people, options: { paused } }) {
  const nothing = "Nothing needs you now";
  if (paused) return `${nothing}. The project is paused: nobody gets anything new until you press Go on.`;
  const isQuizBegun = people.some(({ quiz_done: quiz }) => quiz > 0);
  if (lately > 0) return `${nothing}: people are labelling.`;
  if (held > 0) return `${nothing}. Nobody has finished anything in the last 24 hours, but some work is in progress.`;
  if (done === 0 && isQuizBegun) return `${nothing}. So far only the entry quiz has been answered.`;
  return done === 0 ? `${nothing}. Nobody has begun to label.` : `${nothing}, but nobody has labelled for 24 hours.`;
}

/**
 * @param {Date} from
 * @param {Date | null} to null: it cannot be told
 */
export function rangeText(from, to) {
  if (to === null) return `not before ${dayName(from)}`;
  const [first, last] = [dayName(from), dayName(to)];
  return first === last ? first : `${first} to ${last}`;
}

/**
 * @param {Date} at
 * @param {number} days
 */
export function dayAfter(at, days) {
  return new Date(at.getTime() + days * DAY);
}

/**
 * Returns a day as people of this browser write it.
 * @param {Date} date
 * @param {boolean} [weekday]
 */
export function dayName(date, weekday = false) {
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(undefined, {
    day: "numeric",
    month: "short",
    year,
    ...(weekday && { weekday: "short" }),
  });
}

/**
 * "0.67 to 0.80", or why there is none.
 * @param {Statistic} statistic
 * @param {(value: number) => string} show
 */
export function intervalText({ interval, reason }, show) {
  return interval ? `${show(interval[0])} to ${show(interval[1])}` : (reason ?? "");
}

/** @param {number} share */
export function percentText(share) {
  return `${Math.round(100 * share)} %`;
}

/** @param {number} value */
export function shortNumber(value) {
  return value < 10 ? String(Number(value.toFixed(1))) : Math.round(value).toLocaleString("en");
}

/**
 * "1.4 s", "11 s", "2 min".
 * @param {number} seconds
 */
export function secondsText(seconds) {
  return seconds < 100 ? `${shortNumber(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
