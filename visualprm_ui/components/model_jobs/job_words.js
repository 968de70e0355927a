// What is said of a job of the loaded models, and the request that a form makes. Pure.

import { counted, inWords } from "../transfer_panel/job_text.js";

/** @import { JobExtent, JobModel, ModelJob } from "../../assets/api.d.ts" */

/**
 * @typedef {object} JobForm what was filled in
 * @property {"score" | "sample"} kind
 * @property {string} items "", "import:ID" or "queue:ID"
 * @property {string} source
 * @property {string} policy
 * @property {string} n
 * @property {string} temperature
 * @property {string} seed
 * @property {string} project
 */

/**
 * The body of POST api/jobs.
 * @param {JobForm} form
 */
export function requestOf({ kind, items, source, policy, n, temperature, seed, project }) {
  /** @type {Record<string, unknown>} */
  const asked = { kind };
  const [of, id] = items.split(":");
  if (id) asked[of] = id;
  if (source.trim()) asked.data_source = source.trim();
  if (kind === "score") {
    if (policy.trim()) asked.policy_model = policy.trim();
    return asked;
  }
  const given = Object.entries({ n, temperature, seed }).filter(([, value]) => value !== "");
  asked.sampling = Object.fromEntries(given.map(([name, value]) => [name, Number(value)]));
  if (project) asked.project = project;
  return asked;
}

/**
 * A model as people tell it from others: its name and the beginning of its revision.
 * @param {JobModel | null} model
 */
export function modelText(model) {
  return model ? `${model.name} (${model.revision.slice(0, 12)})` : "none";
}

/**
 * What a job would be about; why it could not be begun, where it could not.
 * @param {"score" | "sample"} kind
 * @param {JobExtent} extent
 * @returns {{ text: string, canStart: boolean }}
 */
export function extentText(kind, { problems, solutions, reward_model: reward, policy }) {
  if (!reward) return { text: "No reward model is loaded. Load one under Models on Explore.", canStart: false };
  if (kind === "sample" && !policy)
    return { text: "No policy is loaded. Load one under Models on Explore.", canStart: false };
  if (problems === 0) return { text: `No ${kind === "score" ? "solution" : "problem"} is like that.`, canStart: false };
  const what = `${counted(solutions, "solution")} of ${counted(problems, "problem")}`;
  if (kind === "score")
    return { text: `${what}. What ${reward.name} has scored in this revision is left out.`, canStart: true };
  return { text: `${what} will be sampled and scored.`, canStart: true };
}

/** @param {ModelJob} job */
export function titleOf({ kind, state, title }) {
  const isOver = state === "done";
  if (kind === "score") return `${isOver ? "Scored" : "Scoring"} ${title}`;
  return `${isOver ? "Sampled" : "Sampling"} ${title}`;
}

/** @param {ModelJob} job */
export function jobProgress({ kind, state, rows, share, seconds_left: left, report, failed }) {
  if (state === "waiting") return "Waits for its turn";
  if (!report) return "Looks what there is to do";
  const of = `${rows.toLocaleString("en")} of ${counted(report.total, kind === "score" ? "solution" : "problem")}`;
  const part = share === null ? "" : `, ${Math.round(100 * share)} %`;
  const time = left === null ? "" : `, about ${inWords(left)} left`;
  return `${of}${part}${time}${failed ? `; ${failed} failed` : ""}`;
}

/** @param {ModelJob} job */
export function jobDone({ kind, report, failed, reward_model: reward }) {
  const total = report?.total ?? 0;
  const noun = kind === "score" ? "solution" : "problem";
  const good = kind === "score" ? Math.max(0, total - failed) : total;
  const verb = kind === "score" ? `scored by ${reward.name}` : "sampled and scored";
  const already = report?.already ? ` ${report.already.toLocaleString("en")} were scored before.` : "";
  const queue =
    report?.queued == null
      ? ""
      : ` ${counted(report.queued, "solution")} joined the queue, which has ${report.queue_total} now.`;
  return `${counted(good, noun)} ${verb}.${already}${queue}${failed ? ` ${failed} could not be done.` : ""}`;
}
