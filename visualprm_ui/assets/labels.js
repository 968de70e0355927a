// The closed sets of labelling and what pages call their members: labels of a step, types of error, reasons to skip an item.

/** A step's label: 1 correct, 0 neutral, -1 wrong. In the order in which they are offered. */
export const LABELS = [1, 0, -1];

export const LABEL_NAMES = new Map([
  [1, "Correct"],
  [0, "Neutral"],
  [-1, "Wrong"],
]);

/** The names of the icons, see icons.js. */
export const LABEL_ICONS = new Map([
  [1, "check"],
  [0, "bar"],
  [-1, "cross"],
]);

/** The value of the `data-kind` and `data-label` attributes that style sheets read; null is an unlabelled step. */
export const LABEL_KINDS = new Map([
  [1, "correct"],
  [0, "neutral"],
  [-1, "wrong"],
  [null, "none"],
]);

export const ERROR_TYPES = ["perception", "calculation", "reasoning", "knowledge", "format"];

export const ERROR_TYPE_NAMES = {
  perception: "Perception",
  calculation: "Calculation",
  reasoning: "Reasoning",
  knowledge: "Knowledge",
  format: "Format",
};

export const SKIP_REASONS = ["not_understood", "bad_problem", "bad_step_split", "unreadable_image", "wrong_reference"];

export const SKIP_REASON_TEXTS = {
  not_understood: "I do not understand it",
  bad_problem: "The problem is faulty",
  bad_step_split: "The steps are badly split",
  unreadable_image: "The image is unreadable",
  wrong_reference: "The reference answer is wrong",
};
