// The JSON of the REST API as the pages read it: one interface per answer of visualprm_ui/api and for the RunView of
// visualprm_ui/use_cases/run_view.py. Times are ISO 8601 strings; steps are 0-based; undefined values are null.

// ---------------------------------------------------------------- closed sets

/** 1 correct, 0 neutral, -1 wrong. */
export type Label = 1 | 0 | -1;
/** A label, or null for a step without one. */
export type StepLabel = Label | null;
/** What the reward model predicts of a step, by the threshold of the server; null without a score. */
export type Prediction = 1 | -1 | null;
export type ErrorType = "perception" | "calculation" | "reasoning" | "knowledge" | "format";
export type SkipReason = "not_understood" | "bad_problem" | "bad_step_split" | "unreadable_image" | "wrong_reference";
export type OpensFor = "everybody" | "maker" | "link" | "signed_in";
export type Role = "annotator" | "reviewer" | "admin";
export type Origin = "local" | "huggingface";
export type ModelRole = "policy" | "reward_model";
export type Aggregation = "mean" | "min" | "max" | "last" | "product";
export type RunState = "queued" | "running" | "done" | "stopped" | "failed";
export type SplitState = "labelling" | "review" | "accepted" | "returned";
export type Verdict = "right" | "wrong";

// ---------------------------------------------------------------- shared parts

/** A stored image: its hash, and its size in pixels. */
export interface ImageRef {
  sha: string;
  width: number;
  height: number;
}

/** POST api/images. */
export interface UploadedImage extends ImageRef {
  /** What was changed about the picture, for people. */
  notice: string | null;
}

/** What an annotator says of one step besides its label. */
export interface StepDetail {
  note: string;
  correction: string;
  error_type: ErrorType | null;
}

// ---------------------------------------------------------------- status and account

/** GET api/status. */
export interface Status {
  engine: {
    state: "empty" | "loading" | "ready" | "failed";
    policy: string | null;
    reward_model: string | null;
    /** Null unless the asker is an admin. */
    message: string | null;
    /** Requests in the queue. */
    waiting: number;
  };
  annotator: string;
  display_name: string;
  kind: "guest" | "person";
  origin: Origin | null;
  /** Null: may not do anything yet. */
  role: Role | null;
}

/** GET api/health. */
export interface Health {
  engine: Status["engine"]["state"];
  /** When the store was backed up last; null: never. */
  last_backup: string | null;
}

/** An API token without its secret. */
export interface ApiToken {
  id: string;
  title: string;
  /** The start of the secret. */
  prefix: string;
  created_at: string;
  used_at: string | null;
}

/** POST api/account/tokens. */
export interface CreatedToken extends ApiToken {
  secret: string;
}

/** GET api/account. */
export interface Account {
  name: string;
  display_name: string;
  role: Role;
  origin: Origin;
  tokens: ApiToken[];
}

/** POST api/invitation. */
export interface Invitation {
  /** Null: whoever accepts it chooses a name. */
  name: string | null;
  role: Role;
  /** True: it sets a new password of an existing account. */
  is_reset: boolean;
  expires_at: string;
}

/** POST api/invitations and api/people/{name}/reset. */
export interface SecretLink {
  /** Relative to the app's root. */
  link: string;
  expires_at: string;
}

export interface Person {
  name: string;
  display_name: string;
  role: Role;
  origin: Origin;
  active: boolean;
  last_seen_at: string | null;
}

/** GET api/people. */
export interface PeopleList {
  people: Person[];
  invitations: (Invitation & { id: string })[];
  /** False while nobody has an account. */
  accounts: boolean;
}

/** One thing done to an account, or one deletion. */
export interface LogEntry {
  seq: number;
  at: string;
  by: string;
  name: string | null;
  kind: string;
  detail: string;
}

/** GET api/log, the newest first. */
export interface LogPage {
  entries: LogEntry[];
  next: number | null;
}

// ---------------------------------------------------------------- models

export interface ServedModel {
  source: string;
  name: string;
  revision: string | null;
  family: string;
  parameters: number | null;
  dtype: string | null;
  device: string;
  bytes: number | null;
  /** False: its weights wait in host memory. */
  resident: boolean;
}

export interface LoadProgress {
  role: ModelRole;
  source: string;
  unit: "bytes" | "tensors";
  done: number;
  total: number | null;
}

/** GET and POST api/models. */
export interface ModelsView extends Record<ModelRole, ServedModel | null> {
  state: Status["engine"]["state"];
  message: string | null;
  /** Runs in progress. */
  active: number;
  /** True: both models do not fit the device at once. */
  in_turns: boolean;
  progress: LoadProgress | null;
  may_operate: boolean;
}

export interface AvailableModel {
  source: string;
  name: string;
  family: string;
  role: ModelRole;
  parameters: number | null;
  disk_bytes: number;
  dtype: string;
  /** Bytes of memory by quantisation; "none" is always there. */
  needs: Record<string, number | null>;
  /** The quantisations under which it fits the device, the least first. */
  fits: string[];
  /** Why loading it would be refused; null: nothing is known against it. */
  refusal: string | null;
}

// ---------------------------------------------------------------- runs

export interface RunSummary {
  run: string;
  question: string;
  /** The hash of its first image. */
  image: string | null;
  answer: string | null;
  state: RunState;
  n: number;
  created_at: string;
}

/** GET, POST and DELETE api/runs/{id}/share. */
export interface Sharing {
  /** Who can open the run. */
  opens_for: OpensFor;
  may_change: boolean;
}

export interface CardStep {
  text: string;
  /** In [0, 1]. */
  score: number | null;
  predicted: Prediction;
  /** First and last step of those that share this score. */
  merged: [first: number, last: number] | null;
  /** The exact checker's verdict, for a problem that has one. */
  check: { label: Label; reason: string } | null;
}

/** One solution of a run. */
export interface SolutionCard {
  /** Which of the run's samples it is, from 0. */
  draw: number;
  solution: string | null;
  state: "queued" | "writing" | "scoring" | "done" | "stopped";
  answer: string | null;
  steps: CardStep[];
  /** The text of the step being written. */
  open: string;
  truncated: boolean;
  /** Tokens written; null until its end. */
  tokens: number | null;
  /** The solution score by aggregation; null until every step has a score. */
  scores: Record<Aggregation, number | null> | null;
  /** Solutions with an equal answer share a group. */
  group: string | null;
  /** The first draw whose steps are word for word these, where that is another one. */
  same_as: number | null;
  /** Whether the answer equals the reference; null where there is nothing to compare. */
  matches: boolean | null;
}

export interface AnswerGroup {
  group: string;
  text: string;
  count: number;
  draws: number[];
}

export interface SamplingView {
  n: number;
  temperature: number;
  seed: number;
  max_new_tokens: number;
  top_p: number;
  top_k: number;
  repetition_penalty: number;
  stop: string[];
}

/** What goes with a run, a problem or a picture. GET api/runs/{id}/deletion, and what DELETE api/runs/{id} answers. */
export interface DeletionView {
  kind: "run" | "problem" | "picture";
  id: string;
  /** To be sent where labels go too. */
  name: string;
  has_labels: boolean;
  /** Why it cannot be deleted now. */
  refusal: string | null;
  /** The address, below api/, of the labels that would go. */
  export: string | null;
  problems: number;
  runs: number;
  solutions: number;
  scorings: number;
  tasks: number;
  queues: { title: string; tasks: number }[];
  drafts: number;
  annotations: number;
  labels: number;
  decisions: number;
  verdicts: number;
  /** Gold and quiz tasks. */
  known_labels: number;
  people: number;
  file_rows: number;
  pictures: number;
}

/** POST api/examination: what the models say of an input before a run, for people. */
export interface Examination {
  /** Why a run would be refused. */
  refusal: string | null;
  /** Why the models cannot be trusted with it. */
  notice: string | null;
}

/** A run as the solution board draws it. GET api/runs/{id}. */
export interface RunView {
  run: string;
  state: RunState;
  /** Requests served before this one. */
  ahead: number;
  message: string | null;
  notice: string | null;
  problem: string;
  question: string;
  reference: string | null;
  images: string[];
  sampling: SamplingView;
  models: Record<ModelRole, string | null>;
  created_at: string;
  seconds: number | null;
  tokens: number;
  /** How many solutions are written to their end. */
  finished: number;
  cards: SolutionCard[];
  /** By aggregation, the draws of the scored solutions, best first. */
  ranking: Record<Aggregation, number[]>;
  answers: AnswerGroup[];
  majority: { group: string; text: string; count: number; tied: boolean } | null;
  checker: { right: number; steps: number } | null;
}

// ---------------------------------------------------------------- labelling

export interface TaskOptions {
  blind: boolean;
  first_error: boolean;
  error_types: boolean;
  step_notes: boolean;
}

/** What somebody has said of a task so far. */
export interface TaskState {
  steps: string[];
  labels: StepLabel[];
  details: (StepDetail | null)[];
  first_error: number | null;
  flagged: boolean;
  note: string;
  skip_reason: SkipReason | null;
  submitted: boolean;
  /** True once the annotator has seen the scores. */
  revealed: boolean;
}

/** One solution to label. Holds no score. */
export interface LabelTask extends TaskState {
  id: string;
  queue: string;
  /** The 0-based number of the task in this annotator's sequence. */
  position: number;
  total: number;
  question: string;
  images: ImageRef[];
  data_source: string | null;
  reference: string | null;
  model_answer: string | null;
  /** The reviewer's note, where the task was sent back. */
  returned: string | null;
  is_quiz: boolean;
  /** How long the lease still runs, in seconds; null: it does not run out. */
  held_seconds: number | null;
  /** True where the lease ran out and others have finished the task. */
  taken_over: boolean;
  guideline_version: string;
  options: TaskOptions;
}

/** GET api/queues/{id}/next and api/queues/{id}/tasks/{position}. */
export interface TaskAnswer {
  task: LabelTask | null;
  progress: { done: number; total: number; taken_over: number };
  title: string;
  waiting: boolean;
  /** Why there is no task although the queue is not finished. */
  blocked: { why: string; text: string } | null;
}

export interface QueueProgress {
  queue: string;
  title: string;
  done: number;
  total: number;
}

/** GET api/queues. */
export interface QueueList {
  queues: QueueProgress[];
}

/** GET api/tasks/{id}/reveal. */
export interface Reveal {
  scores: (number | null)[];
  /** By step. */
  predicted: Prediction[];
  solution_score: number | null;
  reward_model: string | null;
}

/** A change of a draft, before it is given a task, a uuid and a time. */
export type Change =
  | { type: "label"; step: number; value: StepLabel }
  | { type: "step_note" | "correction"; step: number; text: string }
  | { type: "error_type"; step: number; error_type: ErrorType | null }
  | { type: "first_error"; step: number | null }
  | { type: "note"; text: string }
  | { type: "flag"; flagged: boolean }
  | { type: "skip"; reason: SkipReason; seconds?: number }
  | { type: "submit"; seconds?: number }
  | { type: "reopen" };

/** A change of one task. */
export type TaskChange = Change & { task: string };

/** What POST api/events takes. `ts`: milliseconds since 1970 on the client's clock. */
export type LabelEvent = TaskChange & { uuid: string; ts: number };

/**
 * POST api/events: what became of each event, by uuid; `late`: tasks that others had finished before they were
 * submitted.
 */
export interface Receipt {
  acknowledged: string[];
  /** `gone`: its task is not there any more. */
  rejected: { uuid: string; reason: string; gone: boolean }[];
  late: string[];
}

/** GET api/guideline. `text` is Markdown, without its title and version line. */
export interface Guideline {
  version: string;
  text: string;
}

// ---------------------------------------------------------------- dataset

export interface DatasetQueue {
  queue: string;
  title: string;
  image: string | null;
  run: string | null;
  mine: number;
  skipped: number;
  /** Null unless the asker is a reviewer. */
  done: number | null;
  total: number;
}

/** GET api/dataset. */
export interface DatasetSummary {
  labelled: number;
  solutions: number;
  /** Null unless the asker is a reviewer. */
  annotators: number | null;
  queues: DatasetQueue[];
}

/** The labels of a file: its source is no person. */
export interface FileLabels {
  source: string;
  labels: StepLabel[];
}

export type ListState = "open" | "labelled" | "split" | "sent_back" | "decided";

export interface BrowsedSolution {
  solution: string;
  problem: string;
  question: string;
  image: string | null;
  data_source: string | null;
  policy_model: string;
  answer: string | null;
  /** null: the answer or the reference is missing. */
  is_right: boolean | null;
  /** The final ones of people. */
  labels: StepLabel[];
  /** null: nobody scored it. */
  scores: (number | null)[] | null;
  mean_score: number | null;
  annotators: number;
  /** Who labelled or skipped it. */
  people: string[];
  states: ListState[];
  updated_at: string;
  file_labels: FileLabels[];
}

/** GET api/solutions. */
export interface SolutionPage {
  solutions: BrowsedSolution[];
  next: string | null;
  /** Solutions that changed and are not listed as they are now. */
  unlisted: number;
}

/** GET api/solutions/ids. */
export interface SolutionIds {
  solutions: string[];
}

export interface LabelCounts {
  correct: number;
  neutral: number;
  wrong: number;
  unlabelled: number;
}

export interface TimeBins {
  /** Seconds; the last bin holds all that took longer too. */
  width: number;
  solutions: number[];
  median: number;
}

/** GET api/solutions/summary. */
export interface SolutionSummary {
  total: number;
  all: number;
  by_place: LabelCounts[];
  by_score: LabelCounts[] | null;
  times: TimeBins | null;
}

export interface FacetValue {
  value: string;
  name: string;
  solutions: number;
}

/** GET api/solutions/facets. */
export interface FacetView {
  values: FacetValue[];
}

export interface Disagreement {
  solution: string;
  question: string;
  image: string | null;
  annotators: string[];
  differing: { step: number; labels: StepLabel[] }[];
  decided: boolean;
}

/** GET api/disagreements. */
export interface DisagreementPage {
  solutions: Disagreement[];
  next: string | null;
  total: number;
}

/** A figure with its interval, or the reason why it is undefined. */
export interface Statistic {
  value: number | null;
  interval?: [low: number, high: number] | null;
  reason?: string | null;
}

export interface AgreementGroup {
  name: string;
  people: number;
  solutions: number;
  steps: number;
  percent: Statistic;
  cohen: Statistic;
  fleiss: Statistic;
  alpha_nominal: Statistic;
  alpha_ordinal: Statistic;
}

/** GET api/agreement. */
export interface AgreementReport {
  groups: AgreementGroup[];
  anchoring: { n: number; changed: number; share: number | null } | null;
}

/** Somebody's newest labels of a solution at one stage. */
export interface AnnotationView {
  annotator: string;
  stage: "blind" | "revealed";
  labels: StepLabel[];
  skip_reason: SkipReason | null;
  flagged: boolean;
  note: string;
  details: (StepDetail | null)[] | null;
  first_error: number | null;
  seconds: number | null;
  guideline_version: string;
  at: string;
}

export interface DecisionView {
  labels: StepLabel[];
  by: string;
  cause: string;
  note: string;
  at: string;
}

/** A reward model's newest scores of a solution. */
export interface ScoringView {
  reward_model: string;
  revision: string | null;
  prompt_version: string | null;
  dtype: string | null;
  one_pass: boolean | null;
  at: string;
  scores: (number | null)[];
  /** The mean. */
  score: number | null;
}

/** GET api/solutions/{id}. */
export interface SolutionView {
  solution: string;
  problem: string;
  run: string | null;
  queue: string | null;
  question: string;
  images: ImageRef[];
  data_source: string | null;
  reference: string | null;
  model_answer: string | null;
  policy_model: string;
  steps: string[];
  /** Of every reward model, the newest first. */
  scorings: ScoringView[];
  scores: (number | null)[] | null;
  predicted: Prediction[] | null;
  reward_model: string | null;
  file_labels: FileLabels[];
  annotations: AnnotationView[];
  decision: DecisionView | null;
  final: { label: StepLabel; rule: "adjudicated" | "majority" | "single" | "none"; by: string[]; at: string | null }[];
}

export interface HistoryEvent {
  id: number;
  at: string;
  who: string | null;
  text: string;
}

/** GET api/solutions/{id}/history. */
export interface HistoryPage {
  events: HistoryEvent[];
  next: number | null;
}

export interface Split {
  split: number;
  state: SplitState;
  round: number;
  done: number;
  total: number;
  reviewed: number;
  sample: number;
  wrong: number;
}

export interface SampledItem {
  task: string;
  solution: string;
  question: string;
  image: string | null;
  /** The name to show. */
  annotator: string;
  /** The account's name. */
  name: string;
  labels: StepLabel[];
  verdict: Verdict | null;
  note: string;
}

/** GET api/queues/{id}/splits/{number}. */
export interface SplitSample {
  state: SplitState;
  items: SampledItem[];
}

// ---------------------------------------------------------------- projects

export type Ordering = "as_imported" | "random" | "uncertain" | "disagreement" | "confident_wrong";

export interface ProjectOptions extends TaskOptions {
  overlap: number | null;
  order: Ordering;
  evaluation_share: number;
  members_only: boolean;
  split_size: number;
  review_share: number;
  quiz_pass: number | null;
  lease_minutes: number;
  order_seed: number;
}

export interface AnnotatorProgress {
  annotator: string;
  done: number;
  skipped: number;
  held: number;
  labels_an_hour: number | null;
  seconds_an_item: number | null;
  seconds_a_step: number | null;
  gold: { right: number; steps: number } | null;
  quiz: "passed" | "failed" | "open" | null;
}

export interface ProjectQueue {
  queue: string;
  title: string;
  total: number;
  done: number;
  over: number;
  labels_an_hour: number | null;
  hours_left: number | null;
  people: AnnotatorProgress[];
}

export interface Project {
  project: string;
  title: string;
  guideline_version: string;
  archived: boolean;
  options: ProjectOptions;
  /** Names. */
  members: string[];
  queues: ProjectQueue[];
}

/** GET and POST api/projects/{id}/members. */
export interface MemberList {
  members_only: boolean;
  members: string[];
}

/** GET api/projects. */
export interface ProjectList {
  projects: Project[];
  /** The options of a new project. */
  default_options: ProjectOptions;
}

/** POST api/projects/{id}/import. */
export interface ImportResult {
  added: number;
  unchanged: number;
  conflicting: number;
  unlabelled: number;
  kept_fields: string[];
  errors: { line: number; reason: string }[];
  queued: number;
  total: number;
}

// ---------------------------------------------------------------- imports and exports

export type JobState = "waiting" | "running" | "ready" | "done" | "failed" | "cancelled";

/** How far an import or an export is. */
export interface Job {
  id: string;
  state: JobState;
  title: string;
  by: string;
  rows: number;
  /** Of the phase, 0 to 1; null: not known. */
  share: number | null;
  seconds_left: number | null;
  message: string | null;
}

/** One of the first rows of a file, as it would look here. */
export interface PreviewedRow {
  line: number;
  reason: string | null;
  question: string;
  answer: string | null;
  pictures: string[];
  missing: string[];
  /** Null: a problem without a solution. */
  steps: number | null;
  labels: StepLabel[] | null;
  policy_model: string;
  data_source: string | null;
}

export interface Recognised {
  /** Null: of no known one, and the title says why. */
  format: string | null;
  title: string;
  fitting: number;
  rows: number;
  columns: string[];
  missing: string[];
  first: PreviewedRow[];
}

export interface ImportReport {
  dry_run: boolean;
  format: string;
  added: number;
  unchanged: number;
  conflicting: number;
  /** null: not counted, as of everything of another store */
  unlabelled: number | null;
  problems: number | null;
  solutions: number | null;
  neutral: number | null;
  pictures: number | null;
  missing_pictures: number | null;
  published: string | null;
  kept_fields: string[];
  ignored_fields: string[];
  sources: Record<string, { solutions: number; correct: number; wrong: number }>;
  errors: number;
  queue: string | null;
  queued: number | null;
  total: number | null;
  sampling: string | null;
}

/** GET api/samplings/{id}: a model writes solutions for imported problems; rows are problems. */
export interface ProblemSampling extends Job {
  n: number;
  problems: number;
  report: { queue: string | null; runs: number; queued: number; passed_over: Record<string, number> };
}

/** GET api/imports/{id}. */
export interface Import extends Job {
  phase: "check" | "import";
  file: string | null;
  files: string[];
  other_files: number;
  format: string | null;
  columns: Record<string, string>;
  source: string | null;
  project: string | null;
  recognised: Recognised | null;
  report: ImportReport | null;
  errors: { line: number; reason: string }[];
}

export interface ExportReport {
  rows: number;
  images: number;
  bytes: number;
  sample: string | null;
  neutral_policy: string;
  left_out: string[];
  cannot_hold: Record<string, number> | null;
  steps: number | null;
  labels_by: Record<string, number> | null;
  skipped: number | null;
  sent_back: number | null;
  disputed: number | null;
  equal: number | null;
}

/** GET api/exports/{id}. */
export interface Export extends Job {
  format: string;
  report: ExportReport | null;
}

/** A model and its weights. */
export interface JobModel {
  name: string;
  revision: string;
}

/** GET api/jobs/{id}: a job of the loaded models. */
export interface ModelJob extends Job {
  kind: "score" | "sample";
  reward_model: JobModel;
  /** Null: what there is to do is not known yet. */
  report: {
    total: number;
    already: number;
    queue: string | null;
    queued: number | null;
    queue_total: number | null;
  } | null;
  failed: number;
}

/** POST api/jobs/extent. */
export interface JobExtent {
  problems: number;
  solutions: number;
  reward_model: JobModel | null;
  policy: JobModel | null;
}

/** Of GET api/formats. */
export interface Format {
  name: string;
  title: string;
  imports: boolean;
  exports: boolean;
  has_neutral: boolean;
  has_pictures: boolean;
  left_out: string[];
}

// ---------------------------------------------------------------- values of components

/** The value of ExampleList. */
export interface ExamplesValue {
  examples: { sha: string; question: string }[];
  can_draw: boolean;
}
