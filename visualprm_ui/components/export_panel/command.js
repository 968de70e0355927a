// The command line that does what a request does.

/** @type {Record<string, string>} */
const OPTIONS = {
  project: "--project",
  split: "--split",
  labels: "--labels",
  wrong_to: "--wrong-to",
  correct_from: "--correct-from",
  agrees_with: "--agrees-with",
  agreement_threshold: "--agreement-threshold",
  subset: "--subset",
  stage: "--stage",
  data_source: "--data-source",
  policy_model: "--policy-model",
  reward_model: "--reward-model",
  min_agreement: "--min-agreement",
  neutral: "--neutral",
  license: "--license",
};

/**
 * @param {Record<string, string | number | boolean>} request of POST api/exports
 * @param {string} store options that name the store, as a shell reads them
 */
export function commandOf(request, store) {
  const parts = ["python -m storage export --format", quoted(String(request.format))];
  for (const [field, option] of Object.entries(OPTIONS))
    if (request[field] !== undefined) parts.push(option, quoted(String(request[field])));
  if (request.evaluation) parts.push("--evaluation");
  if (store) parts.push(store);
  return [...parts, "OUT/"].join(" ");
}

/**
 * A word as a shell reads it.
 * @param {string} text
 */
function quoted(text) {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
