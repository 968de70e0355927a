// What is said of a job of the loaded models, and the request that a form makes. Pure.

import { usageText } from "../../assets/server_usage.js";
import { leftOutText } from "../dataset_board/nano_benchmark.js";
import { counted, inWords } from "../transfer_panel/job_text.js";

/** @import { JobExtent, JobModel, ModelJob, ModelJobKind, RolloutEstimate } from "../../assets/api.d.ts" */

/**
 * @typedef {object} JobForm what was filled in
 * @property {ModelJobKind} kind
 * @property {string} items "", "import:ID" or "queue:ID"
 * @property {string} source
 * @property {string} policy
 * @property {string} n
 * @property {string} temperature
 * @property {string} seed
 * @property {string} longest tokens of a solution or completion
 * @property {string} completions after each step
 * @property {string} mode
 * @property {boolean} planFirst
 * @property {string} project
 * @property {{ solutions: string[], problems: string[] | null } | null} selected by hand; null: by the other fields
 */

/**
 * @typedef {object} KindWords
 * @property {boolean} takesSolutions those that are there; else it samples solutions of problems
 * @property {boolean} rollsOut labels by rollouts; else it scores
 * @property {string} choice in the list of works
 * @property {string} doing before the title of a job
 * @property {string} did
 * @property {string} defaultN
 * @property {string} defaultTemperature
 */

/** @type {Record<ModelJobKind, KindWords>} */
export const KINDS = {
  score: {
    takesSolutions: true,
    rollsOut: false,
    choice: "Score solutions that are there",
    doing: "Scoring",
    did: "Scored",
    defaultN: "8",
    defaultTemperature: "0.7",
  },
  sample: {
    takesSolutions: false,
    rollsOut: false,
    choice: "Sample solutions of problems, and score them",
    doing: "Sampling",
    did: "Sampled",
    defaultN: "8",
    defaultTemperature: "0.7",
  },
  label: {
    takesSolutions: true,
    rollsOut: true,
    choice: "Label solutions that are there by rollouts",
    doing: "Labelling",
    did: "Labelled",
    defaultN: "4",
    defaultTemperature: "1",
  },
  sample_and_label: {
    takesSolutions: false,
    rollsOut: true,
    choice: "Sample solutions of problems, and label them by rollouts",
    doing: "Sampling and labelling",
    did: "Sampled and labelled",
    defaultN: "4",
    defaultTemperature: "1",
  },
};

/**
 * The body of POST api/jobs.
 * @param {JobForm} form
 */
export function requestOf(form) {
  const { kind, items, source, policy, project, selected } = form;
  const { takesSolutions, rollsOut } = KINDS[kind];
  /** @type {Record<string, unknown>} */
  const asked = { kind };
  if (selected)
    Object.assign(asked, takesSolutions ? { solutions: selected.solutions } : { problems: selected.problems });
  const [of, id] = items.split(":");
  if (id) asked[of] = id;
  if (source.trim()) asked.data_source = source.trim();
  if (takesSolutions && policy.trim()) asked.policy_model = policy.trim();
  if (rollsOut) {
    const { completions, mode, planFirst } = form;
    asked.rollouts = { mode, ...(completions === "" ? {} : { completions: Number(completions) }) };
    if (planFirst) asked.plan_first = true;
  }
  if (kind === "score") return asked;
  const { n, temperature, seed, longest } = form;
  const fields = {
    ...(takesSolutions ? {} : { n }),
    temperature,
    seed,
    ...(rollsOut ? { max_new_tokens: longest } : {}),
  };
  const given = Object.entries(fields).filter(([, value]) => value !== "");
  asked.sampling = Object.fromEntries(given.map(([name, value]) => [name, Number(value)]));
  if (!takesSolutions && project) asked.project = project;
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
 * @param {ModelJobKind} kind
 * @param {JobExtent} extent
 * @param {JobForm["selected"]} [selected] by hand
 * @returns {{ text: string, canStart: boolean }}
 */
export function extentText(kind, extent, selected = null) {
  const { problems, solutions, reward_model: reward, policy, benchmark } = extent;
  const { takesSolutions, rollsOut } = KINDS[kind];
  if (!reward) return { text: "No reward model is loaded. Load one under Models on Explore.", canStart: false };
  if (kind !== "score" && !policy)
    return { text: "No policy is loaded. Load one under Models on Explore.", canStart: false };
  if (problems === 0 && extent.unanswered)
    return { text: "None of these problems has a reference answer that completions could reach.", canStart: false };
  const noun = takesSolutions ? "solution" : "problem";
  const left = benchmark ? ` ${leftOutText(benchmark, noun)}` : "";
  if (problems === 0) return { text: `No ${benchmark ? "other " : ""}${noun} matches.${left}`, canStart: false };
  const what = `${counted(solutions, "solution")} of ${counted(problems, "problem")}`;
  if (rollsOut) return { text: `${rolloutsText(what, extent)}${left}`, canStart: true };
  const missing = selected ? selected.solutions.length - solutions : 0;
  const unusable =
    missing > 0 ? `${missing.toLocaleString("en")} of the selection: without a step, or cancelled. ` : "";
  if (kind === "score")
    return {
      text: `${what}. ${unusable}What ${reward.name} has scored in this revision is left out.${left}`,
      canStart: true,
    };
  return { text: `${what} will be sampled and scored.${left}`, canStart: true };
}

/**
 * @param {string} what
 * @param {JobExtent} extent
 */
function rolloutsText(what, { completions, unanswered, estimate }) {
  const most = completions === null ? "" : `, ${counted(completions, "completion")} at most`;
  const without = unanswered ? ` ${counted(unanswered, "problem")} without a reference answer left out.` : "";
  const takes = estimate ? ` ${estimateText(estimate)} before.` : "";
  return `${what}${most}.${without}${takes}`;
}

/**
 * "About 400 completions, 52,000 tokens and 3 min, by what 4 solutions took".
 * @param {RolloutEstimate} estimate
 */
export function estimateText({ completions, tokens, seconds, measured_solutions: measured }) {
  const took = `by what ${counted(measured, "solution")} took`;
  return `About ${counted(completions, "completion")}, ${counted(tokens, "token")} and ${inWords(seconds)}, ${took}`;
}

/** @param {ModelJob} job */
export function titleOf({ kind, state, title, is_plan: isPlan }) {
  const { doing, did } = KINDS[kind];
  if (state === "ready") return `Plan: ${title}`;
  if (state === "done") return `${did} ${title}`;
  return `${isPlan ? "Measuring a few of" : doing} ${title}`;
}

/** @param {ModelJob} job */
export function jobProgress({
  kind,
  state,
  rows,
  share,
  seconds_left: left,
  report,
  failed,
  estimate,
  is_plan: isPlan,
  message,
}) {
  if (state === "waiting") return "Waits for its turn";
  if (!report) return "Checking what there is to do";
  const noun = KINDS[kind].takesSolutions ? "solution" : "problem";
  const of = `${rows.toLocaleString("en")} of ${counted(report.total, noun)}`;
  if (state === "ready" && estimate)
    return `${estimateText(estimate)}. ${of} ${rows === 1 ? "is" : "are"} done already.`;
  const rests = state === "running" && message ? `; ${message}` : "";
  if (isPlan && state === "running" && rows === 0) return `Measuring the first ${noun}${rests}`;
  const part = share === null ? "" : `, ${Math.round(100 * share)} %`;
  const time = left === null ? "" : `, about ${inWords(left)} left`;
  const measured = isPlan && share ? measuredText(rows, share, report.total, noun) : of;
  return `${measured}${part}${time}${failed ? `; ${failed} failed` : ""}${rests}`;
}

/**
 * "8 of about 16 solutions": how many are measured for a plan is known by how long the first took.
 * @param {number} rows
 * @param {number} share of the plan, above 0
 * @param {number} total of all
 * @param {string} noun
 */
function measuredText(rows, share, total, noun) {
  const expected = Math.max(share < 1 ? rows + 1 : rows, Math.round(rows / share));
  const few = expected < total ? `about ${counted(expected, noun)}` : counted(total, noun);
  return `${rows.toLocaleString("en")} of ${few}`;
}

/**
 * What is said of a job among the earlier ones.
 * @param {ModelJob} job
 */
export function earlierText(job) {
  const { kind, state, rows, message, report, estimate } = job;
  if (state === "failed" && message) return message;
  if (state === "done") return jobDone(job);
  if (state !== "cancelled") return jobProgress(job);
  if (!report) return "Cancelled.";
  const noun = KINDS[kind].takesSolutions ? "solution" : "problem";
  const all = estimate ? ` All of it: ${estimateText(estimate).replace("About", "about")}.` : "";
  return `Cancelled, with ${rows.toLocaleString("en")} of ${counted(report.total, noun)} done.${all}`;
}

/** @param {ModelJob} job */
export function jobDone(job) {
  const { kind, report, failed, reward_model: reward, policy } = job;
  const { takesSolutions, rollsOut } = KINDS[kind];
  const total = report?.total ?? 0;
  const noun = takesSolutions ? "solution" : "problem";
  const good = takesSolutions || rollsOut ? Math.max(0, total - failed) : total;
  const by = rollsOut ? `by completions of ${policy?.name}` : `by ${reward?.name}`;
  const verb = {
    score: `scored ${by}`,
    sample: "sampled and scored",
    label: `labelled ${by}`,
    sample_and_label: `sampled and labelled ${by}`,
  }[kind];
  const before = rollsOut ? "labelled in just this way" : "scored";
  const already = report?.already ? ` ${report.already.toLocaleString("en")} were ${before} before.` : "";
  const queue =
    report?.queued == null
      ? ""
      : ` ${counted(report.queued, "solution")} joined the queue, which has ${report.queue_total} now.`;
  const undone = failed ? ` ${failed} could not be done.` : "";
  const servers = job.usage.length ? ` Servers: ${usageText(job.usage)}.` : "";
  return `${counted(good, noun)} ${verb}.${already}${leftOut(job)}${cutOff(job)}${queue}${undone}${servers}`;
}

/** @param {ModelJob} job */
function leftOut({ kind, report }) {
  const noun = KINDS[kind].takesSolutions ? "solution" : "problem";
  const benchmark = leftOutText(report?.benchmark ?? 0, noun);
  const unanswered = report?.unanswered
    ? `${counted(report.unanswered, noun)} left out, without a reference answer.`
    : "";
  return [unanswered, benchmark].map((each) => each && ` ${each}`).join("");
}

/** @param {ModelJob} job */
function cutOff({ figures }) {
  if (!figures?.cut_off) return "";
  const { cut_off: cut, completions } = figures;
  return ` ${cut.toLocaleString("en")} of ${counted(completions, "completion")} were cut off and count as failures.`;
}
