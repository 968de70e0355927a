// Labels beside the reward model's predictions. The server compares scores with the threshold; pages only compare its
// verdicts.

/** @import { Label, StepLabel } from "./api.d.ts" */

/** For sentences only: the value of engine/prediction.py, to which a test compares it. */
export const THRESHOLD = 0.5;

/**
 * Whether a step's label and its prediction are the same; null where there is nothing to compare: a neutral or
 * unlabelled step, or one that is not scored.
 * @param {StepLabel} label
 * @param {Label | null | undefined} predicted
 * @returns {boolean | null}
 */
export function predictionAgrees(label, predicted) {
  if (label !== 1 && label !== -1) return null;
  if (predicted === null || predicted === undefined) return null;
  return label === predicted;
}
