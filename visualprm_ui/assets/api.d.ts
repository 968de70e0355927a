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
    /** Why the policy cannot search; null where it can, or there is none. */
    search_refusal: string | null;
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

/** Generic: by transformers' own forward pass, processor and chat template; slower. */
export type ModelPath = "fast" | "generic" | "served";
/** What a model can be asked for. */
export type ModelUse = "policy" | "prm" | "orm" | "judge";

export interface ServedModel {
  source: string;
  name: string;
  revision: string | null;
  family: string;
  path: ModelPath;
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
  /** How it would compute; null: loading it would be refused. */
  path: ModelPath | null;
  uses: ModelUse[];
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

export interface ModelPair {
  policy: string;
  reward_model: string;
}

/** GET api/models/available. */
export interface AvailableModels {
  models: AvailableModel[];
  /** Those of the paper, whether they lie here or not. */
  pairs: ModelPair[];
  free_bytes: number | null;
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
  /** A guided search. */
  is_search: boolean;
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
  /** Share of completions that reach the answer from steps scored so; null: not measured. */
  calibrated: number | null;
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
  /** What a thinking model wrote before its solution, so far; null where there is nothing. */
  thought: string | null;
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
  /** Measurements by rollouts. */
  rollout_labels: number;
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
  /** What requests to model servers took, once it has ended; none: not known. */
  usage: ServerUsage[];
  /** What is said while a model server asks to wait. */
  waiting: string | null;
  /** How many solutions are written to their end. */
  finished: number;
  cards: SolutionCard[];
  /** By aggregation, the draws of the scored solutions, best first. */
  ranking: Record<Aggregation, number[]>;
  answers: AnswerGroup[];
  majority: { group: string; text: string; count: number; tied: boolean } | null;
  checker: { right: number; steps: number } | null;
  /** Null while it goes on, where there is nothing to choose or no reference answer, and of a search. */
  curve: RunCurve | null;
  /** How the solutions were searched for; null: they are independent. */
  search: SearchView | null;
}

/** What requests to one served model took. Fewer counted than all: the tokens are the least that it took. */
export interface ServerUsage {
  model: string;
  requests: number;
  counted: number;
  /** Tokens; null: none was counted. */
  read: number | null;
  written: number | null;
  /** Null: no price is set, or not every request was counted. */
  cost: number | null;
}

/** A guided search. The place among those kept last is the draw of a solution. */
export interface SearchView {
  /** Paths that are kept. */
  width: number;
  /** Tries of the next step of each. */
  expansions: number;
  /** By which the paths are ranked. */
  how: Aggregation;
  rounds: SearchRound[];
}

/** What a search tried in one step. */
export interface SearchRound {
  step: number;
  /** Written for all tries. */
  tokens: number;
  /** Those that differ, best first. */
  tries: SearchTry[];
}

/** A step that was tried, or a solution that had ended and was looked at again. */
export interface SearchTry {
  /** The place of what it goes on from among those that were kept before; null: it begins. */
  parent: number | null;
  text: string;
  finish: "stop" | "length" | "cancelled" | null;
  /** Of the solution so far. */
  score: number | null;
  step_score: number | null;
  /** Tries that are word for word this; 0: none of this step. */
  count: number;
  is_kept: boolean;
}

/** Best-of-N of independent solutions of the same question. */
export interface IndependentRun {
  run: string;
  created_at: string;
  n: number;
  tokens: number | null;
  answer: string | null;
  score: number | null;
  matches: boolean | null;
}

/** GET api/runs/{id}/beside. */
export interface Beside {
  independent: IndependentRun | null;
  /** Whoever asks started the search: an independent run of theirs would be one to compare it with. */
  is_own: boolean;
}

/** Another reward model's scores of a run's solutions. */
export interface OtherModelScores {
  reward_model: string;
  revision: string | null;
  /** By id; those it has not scored whole are left out. */
  solutions: Record<string, { steps: (number | null)[]; scores: Record<Aggregation, number | null> }>;
  /** What its servers were asked for these scores; none: none was, or it was not recorded. */
  usage: ServerUsage[];
}

/** GET api/runs/{id}/other-scores, the newest first. */
export interface OtherScores {
  models: OtherModelScores[];
}

/** What completions of a step came to. */
export interface TallyView {
  drawn: number;
  /** The reference answer; null where there is none. */
  reached: number | null;
  /** 95 % Wilson interval of the share that reached it; null without a reference answer. */
  low: number | null;
  high: number | null;
  cut_off: number;
  unread: number;
  /** The most frequent first. */
  answers: { text: string; count: number; matches: boolean | null }[];
}

/** All rollouts of one step. */
export interface MeasuredStep {
  solution: string;
  step: number;
  /** How often it was measured. */
  times: number;
  tokens: number;
  /** What model servers were asked for it; none: none was, or it was not recorded. */
  usage: ServerUsage[];
  tally: TallyView;
}

/** Solutions that were asked for together and go on from one step. */
export interface Continuations {
  id: string;
  /** They go on from. */
  solution: string;
  /** Of that: the last that they share, or the edited one. */
  step: number;
  /** What a person made of that step; null: it is as it was. */
  edit: string | null;
  seed: number;
  tally: TallyView;
  usage: ServerUsage[];
  /** `draw` is the place among them. */
  cards: SolutionCard[];
}

/** What is being made from a step on, or was ended early. */
export interface LiveBranchView {
  id: string;
  kind: "rollouts" | "solutions";
  solution: string;
  step: number;
  edit: string | null;
  n: number;
  state: RunState;
  /** Requests served before this one. */
  ahead: number;
  finished: number;
  message: string | null;
  /** What is said while a model server asks to wait. */
  waiting: string | null;
  cards: SolutionCard[];
}

/** GET api/runs/{id}/branches. */
export interface BranchesView {
  run: string;
  may_branch: boolean;
  /** Why whoever asks may not make any; null where they may. */
  refusal: string | null;
  rollouts: MeasuredStep[];
  continuations: Continuations[];
  live: LiveBranchView[];
}

/** POST api/runs/{id}/rollouts and api/runs/{id}/continuations. */
export interface BranchRef {
  branch: string;
}

/** POST api/runs/{id}/edit-score; null where the models did not say it in time. */
export interface EditScore {
  score: number | null;
  /** That said it. */
  reward_model: string | null;
}

/** Chances in [0, 1] that a choice of n out of a run's solutions is right, one for each n. */
export interface RunCurve {
  n: number[];
  /** By aggregation: of the highest-scored. */
  picks: Record<Aggregation, number[]>;
  vote: number[];
  random: number[];
  oracle: number[];
}

// ---------------------------------------------------------------- labelling

export interface TaskOptions {
  blind: boolean;
  first_error: boolean;
  error_types: boolean;
  step_notes: boolean;
  /** Of a quiz item: which share of the quiz's steps must have the right label, in (0, 1]. */
  quiz_pass: number | null;
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
  /** What was found wrong, where that is why it was sent back. */
  review: WrongVerdict | null;
  is_quiz: boolean;
  /** Whether this person has passed the project's entry quiz; null: it has none. */
  quiz_passed: boolean | null;
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
  /** Sent back by a reviewer, to be submitted again. */
  returned: number;
  /** Of a project; else of a run. */
  project: boolean;
  /** Its project hands out nothing new for now. */
  paused: boolean;
}

/** One item of a person's list. */
export interface MappedItem {
  position: number;
  state: "open" | "done" | "skipped" | "returned";
  flagged: boolean;
  is_quiz: boolean;
  skip_reason: SkipReason | null;
  note: string;
  /** The reviewer's words, where it came back and is not submitted again. */
  returned: string | null;
  /** The reviewer, as pages call them. */
  returned_by: string | null;
  /** It came back because its own labels were found wrong, not others of its split. */
  found_wrong: boolean;
  seconds: number | null;
  done_at: string | null;
}

/** GET api/queues/{id}/items. */
export interface ItemMap {
  items: MappedItem[];
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
  | { type: "skip"; reason: SkipReason; seconds?: number; text?: string }
  | { type: "submit"; seconds?: number; text?: string }
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
  /** Null unless the asker is a reviewer. */
  exportable: number | null;
  solutions: number;
  /** Null unless the asker is a reviewer. */
  annotators: number | null;
  queues: DatasetQueue[];
}

/** The labels of a file: its source is no person. */
/** What the completions after a step came to. */
export interface StepRollouts {
  label: StepLabel;
  /** The reference answer, of those drawn. */
  reached: number;
  /** 0: not measured. */
  drawn: number;
  cut_off: number;
  unread: number;
  /** Wilson's, of the share; null: what was counted estimates none. */
  interval: [low: number, high: number] | null;
  /** The last step of a finished solution: it is its own only completion. */
  is_own: boolean;
}

export type RolloutMode = "every" | "first-success" | "first-error";

/** One measurement of a solution by rollouts. */
export interface RolloutLabels {
  policy_model: string;
  revision: string;
  prompt_version: string;
  mode: RolloutMode;
  completions: number;
  seed: number;
  temperature: number;
  top_p: number;
  top_k: number;
  max_new_tokens: number;
  dtype: string;
  device: string;
  job: string | null;
  at: string;
  steps: StepRollouts[];
}

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
  /** The newest of each policy. */
  rollout_labels: { policy_model: string; labels: StepLabel[] }[];
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
  /** that the filter would find, and leaves out while you label them */
  in_work: number;
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
  differing: { step: number; text: string; labels: StepLabel[] }[];
  decided: boolean;
}

/** GET api/disagreements. */
export interface DisagreementPage {
  solutions: Disagreement[];
  next: string | null;
  total: number;
}

/** GET api/disagreements/{id}. Holds no score before the decision. */
export interface DisputedSolution {
  solution: string;
  queue: string | null;
  question: string;
  images: ImageRef[];
  data_source: string | null;
  reference: string | null;
  model_answer: string | null;
  steps: string[];
  /** 0-based. */
  differing: number[];
  annotations: AnnotationView[];
  decision: DecisionView | null;
  /** The decision covers every step that differs. */
  decided: boolean;
  scores: (number | null)[] | null;
  predicted: Prediction[] | null;
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
  /** What a thinking model wrote before the steps. */
  thought: string | null;
  finish: "stop" | "length" | "cancelled";
  steps: string[];
  /** Of every reward model, the newest first. */
  scorings: ScoringView[];
  scores: (number | null)[] | null;
  predicted: Prediction[] | null;
  reward_model: string | null;
  file_labels: FileLabels[];
  /** Every measurement by rollouts, the newest first. */
  rollout_labels: RolloutLabels[];
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
  /** Under review, and the asker can judge others' work in it or end its round. */
  judgeable: boolean;
}

export interface QueuedSplit extends Split {
  queue: string;
  title: string;
}

/** GET api/splits. */
export interface QueuedSplitList {
  splits: QueuedSplit[];
  /** Who may judge besides the asker. */
  others: string[];
}

/** GET api/waiting. */
export interface Waiting {
  /** Splits in which the asker can judge something. */
  review: number;
  /** Solutions to decide. */
  adjudication: number;
}

/** A step whose label a reviewer does not share. */
export interface QuestionedStep {
  step: number;
  /** Null: the reviewer does not say. */
  should_be: StepLabel;
}

/** Why one person's labels of a solution were found wrong. */
export interface WrongVerdict {
  by: string;
  note: string;
  questioned: QuestionedStep[];
}

/** The same in the round before, with the labels as they were then. */
export interface FormerVerdict extends WrongVerdict {
  at: string;
  labels: StepLabel[];
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
  /** The asker's own work, which somebody else has to judge. */
  own: boolean;
  labels: StepLabel[];
  verdict: Verdict | null;
  note: string;
  questioned: QuestionedStep[];
}

/** GET api/queues/{id}/splits/{number}. */
export interface SplitSample {
  title: string;
  state: SplitState;
  round: number;
  /** Solutions of the split. */
  total: number;
  /** Items that may be wrong; with more the split should go back. */
  limit: number;
  items: SampledItem[];
  /** Who may judge besides the asker. */
  others: string[];
}

/** GET api/queues/{id}/splits/{number}/items/{task}. Holds no score before the verdict. */
export interface ReviewItem {
  task: string;
  solution: string;
  annotator: string;
  name: string;
  /** The asker's own work, which somebody else has to judge. */
  own: boolean;
  question: string;
  images: ImageRef[];
  data_source: string | null;
  reference: string | null;
  model_answer: string | null;
  steps: string[];
  labels: StepLabel[];
  details: (StepDetail | null)[] | null;
  first_error: number | null;
  flagged: boolean;
  /** Of the annotator, on the whole. */
  remark: string;
  skip_reason: SkipReason | null;
  verdict: Verdict | null;
  note: string;
  questioned: QuestionedStep[];
  before: FormerVerdict | null;
  scores: (number | null)[] | null;
  predicted: Prediction[] | null;
}

// ---------------------------------------------------------------- projects

export type Ordering = "as_imported" | "random" | "uncertain" | "disagreement" | "confident_wrong";

export interface ProjectOptions extends TaskOptions {
  overlap: number | null;
  order: Ordering;
  evaluation_share: number;
  members_only: boolean;
  gold_every: number;
  paused: boolean;
  split_size: number;
  review_share: number;
  /** Items of a sample that may be found wrong; with more the split should go back. */
  review_limit: number;
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
  /** One a person and solution; gold and quiz do not count. */
  labels: { wanted: number; done: number };
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

/** GET api/dataset/week. */
export interface Week {
  labels: number;
  people: number;
}

/** GET api/projects/{id}/deletion. */
export interface ProjectDeletion {
  title: string;
  solutions: number;
  labels: number;
  people: number;
  known_labels: number;
  guidelines: number;
  /** Where the labels can be downloaded before; null where there are none. */
  export: string | null;
}

/** POST api/projects/{id}/invitations. */
export interface InvitedList {
  invited: { name: string; link: string; expires_at: string }[];
  refused: { name: string; reason: string }[];
}

/** GET api/projects/{id}/guideline. */
export interface GuidelineHistory {
  /** The version by which the project is labelled. */
  current: string;
  version: string;
  text: string;
  versions: { version: string; by: string; at: string }[];
}

/** GET api/projects/{id}/gold. */
export interface GoldItems {
  quiz: number;
  gold: number;
  /** Where more can be drawn from: solutions with labels, not each of which has one for every step. */
  sources: { data_source: string | null; solutions: number }[];
}

/** One item of the entry quiz, and what somebody has said of it. */
export interface QuizItem {
  solution: string;
  question: string;
  image: string | null;
  steps: string[];
  /** The expected ones. */
  gold_labels: Label[];
  /** null: not begun, or skipped. */
  labels: StepLabel[] | null;
  skip_reason: SkipReason | null;
  submitted: boolean;
}

/** GET api/projects/{id}/quiz/{annotator}. */
export interface QuizAnswers {
  annotator: string;
  name: string;
  /** null: not finished. */
  result: { state: "open" | "passed" | "failed"; right: number; steps: number; at: string } | null;
  items: QuizItem[];
}

/** How solutions that a project may be filled with are distributed. */
export interface SolutionSpread {
  /** In 20 equal parts of [0, 1]; null: none is scored. */
  mean_scores: number[] | null;
  unscored: number;
  /** Of 1, 2, ..., 20 or more steps. */
  steps: number[];
}

/** GET api/projects/{id}/items. */
export interface ContentList {
  contents: { data_source: string | null; policy_model: string; solutions: number; begun: number; held: number }[];
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

// ---------------------------------------------------------------- progress of a project

export interface LabelForecast {
  a_day: number | null;
  over_days: number;
  /** From now; 0: nothing is left. */
  days_left: number | null;
  soonest: number | null;
  /** Null with a soonest: no end can be told. */
  latest: number | null;
  reason: string | null;
}

/** One person's quiz, until they may try again. */
export interface QuizResult {
  state: "passed" | "failed" | "open";
  right: number;
  steps: number;
  at: string;
}

export interface ProjectPerson {
  annotator: string;
  name: string;
  done: number;
  skipped: number;
  work_done: number;
  work_skipped: number;
  quiz_done: number;
  held: number;
  last_day: number;
  median_seconds_a_step: number | null;
  gold: { right: number; steps: number } | null;
  gold_share: Statistic;
  agreement: Statistic;
  sent_back: number;
  timed: number;
  too_fast: number;
  worth_a_look: boolean;
  quiz: QuizResult | null;
}

export interface ProjectAction {
  kind: "fill" | "quiz_items" | "returned" | "review" | "disagreements" | "quiz" | "speed" | "export";
  count: number;
  people: string[];
  split: number | null;
}

/** GET api/projects/{id}/progress. */
export interface ProjectProgress {
  project: string;
  queue: string;
  title: string;
  archived: boolean;
  created_at: string;
  options: ProjectOptions;
  at: string;
  solutions: number;
  quiz_items: number;
  labels: {
    wanted: number;
    done: number;
    sent_back: number;
    in_work: number;
    to_do: number;
    unclaimed: number;
    last_day: number;
  };
  days: { at: string; labels: number }[];
  forecast: LabelForecast;
  gold: { share: Statistic; of: number };
  agreement: { share: Statistic; of: number };
  agreement_days: { at: string; alpha: Statistic }[];
  people: ProjectPerson[];
  actions: ProjectAction[];
}

export interface FastItem {
  solution: string;
  question: string;
  image: string | null;
  steps: number;
  words: number;
  seconds: number;
  usual_seconds: number | null;
  at: string;
}

/** GET api/projects/{id}/fast-items. */
export interface FastItemList {
  annotator: string;
  name: string;
  items: FastItem[];
}

// ---------------------------------------------------------------- imports and exports

export type JobState = "waiting" | "running" | "ready" | "done" | "failed" | "cancelled";

/** How far an import or an export is. */
export interface Job {
  id: string;
  state: JobState;
  title: string;
  by: string;
  created_at: string;
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
  thumbnail: string | null;
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
  /** of the solutions, those in that queue already, and those that nobody can label */
  present: number | null;
  unusable: number | null;
  /** of its rows, "" for none; none are named where there are many */
  data_sources: string[] | null;
  /** the job of the models that writes solutions */
  sampling: string | null;
  /** why there is none though it was asked for */
  sampling_refused: string | null;
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

/** Somebody or something with labels or scores. */
export interface NameCount {
  name: string;
  solutions: number;
}

/** Of GET api/exports/names: whose labels and scores there are, those of most solutions first. */
export interface ExportNames {
  people: NameCount[];
  files: NameCount[];
  /** Whose completions labelled steps. */
  policies: NameCount[];
  reward_models: NameCount[];
}

export interface ExportReport {
  rows: number;
  images: number;
  bytes: number;
  sample: string | null;
  neutral_policy: string;
  left_out: string[];
  /** What masks left out: steps or solutions, as its name says. */
  masked: Record<string, number> | null;
  cannot_hold: Record<string, number> | null;
  steps: number | null;
  correct: number | null;
  neutral: number | null;
  wrong: number | null;
  labels_by: Record<string, number> | null;
  skipped: number | null;
  sent_back: number | null;
  disputed: number | null;
  equal: number | null;
  benchmark_left_out: number | null;
}

/** GET api/exports/{id}. */
export interface Export extends Job {
  format: string;
  report: ExportReport | null;
}

/** GET api/exports/{id}/push: an export on its way to the model hub. */
export interface HubPush {
  data_set: string;
  private: boolean;
  state: "running" | "done" | "failed";
  address: string | null;
  message: string | null;
  seconds: number;
}

/** A model and its weights. */
export interface JobModel {
  name: string;
  revision: string;
}

/** GET api/jobs/{id}: a job of the loaded models. */
export interface ModelJob extends Job {
  kind: ModelJobKind;
  /** It measures a few, and is ready once it is known what all takes; share is of that. */
  is_plan: boolean;
  rollouts: { completions: number; mode: RolloutMode } | null;
  /** Null: it scores nothing. */
  reward_model: JobModel | null;
  policy: JobModel | null;
  /** Null: what there is to do is not known yet. */
  report: {
    total: number;
    already: number;
    /** Left out because their problem has no reference answer. */
    unanswered: number;
    /** Of the built-in benchmark, left out because nothing names it. */
    benchmark: number;
    queue: string | null;
    queued: number | null;
    queue_total: number | null;
  } | null;
  /** What rollouts have taken so far; null: nothing was rolled out. */
  figures: {
    solutions: number;
    completions: number;
    tokens: number;
    cut_off: number;
    unread: number;
    seconds: number;
  } | null;
  estimate: RolloutEstimate | null;
  /** What model servers were asked so far; none: none was, or it was not recorded. */
  usage: ServerUsage[];
  failed: number;
}

export type ModelJobKind = "score" | "sample" | "label" | "sample_and_label";

/** What all takes, by what some solutions took. */
export interface RolloutEstimate {
  completions: number;
  tokens: number;
  seconds: number;
  measured_solutions: number;
}

/** POST api/jobs/extent. */
export interface JobExtent {
  problems: number;
  solutions: number;
  reward_model: JobModel | null;
  policy: JobModel | null;
  /** Problems that rollouts leave out, as they have no reference answer. */
  unanswered: number;
  /** Of rollouts, at most; null: not known before solutions are sampled. */
  completions: number | null;
  estimate: RolloutEstimate | null;
  /** Of the built-in benchmark, left out because nothing names it: solutions, or problems where it samples. */
  benchmark: number;
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

// ---------------------------------------------------------------- evaluations

export type EvaluationKind = "step_benchmark" | "best_of_n";

/** A figure with its 95 % interval. */
export interface Estimate {
  /** Null: undefined. */
  value: number | null;
  /** Null: no interval. */
  low: number | null;
  high: number | null;
  /** Why the figure, or else its interval, is undefined. */
  reason: string | null;
}

export interface LabelledSet {
  name: string;
  project: string | null;
  queue: string | null;
  /** Only the random slices of projects. */
  evaluation: boolean;
  data_source: string | null;
  policy_model: string | null;
  /** final, person:NAME or file:SOURCE */
  labels: string;
  /** So many of its problems were drawn at random; null: all. */
  problem_count: number | null;
  problem_seed: number;
  /** Null: not counted yet, as the four below. */
  problems: number | null;
  solutions: number | null;
  steps: number | null;
  neutral: number | null;
  /** Solutions with labels of some steps only, which the command's export cannot hold. */
  half_labelled: number | null;
  is_published_benchmark: boolean;
}

export interface Headline {
  name: string;
  figure: Estimate;
  floor: number | null;
}

/** What could not be done, and why. */
export interface Failure {
  problem: string;
  solution: string | null;
  reason: string;
}

export interface Sampled {
  protocol: string;
  /** Its `n`: with those that were added. */
  sampling: SamplingView;
  /** Whether whole solutions are scored, too. */
  outcome: boolean;
  /** How each problem is searched, too; null: it is not. */
  search: { width: number; expansions: number } | null;
}

/** What a threshold is tuned on. */
export interface Tuned {
  set: LabelledSet;
  /** There, at the threshold; null: not tuned yet. */
  macro_f1: number | null;
}

/** GET api/evaluations/{id}. */
export interface Evaluation extends Job {
  created_at: string;
  /** It has taken so far. */
  seconds: number;
  kind: EvaluationKind;
  phase: string;
  /** Of rows; null: not counted yet. */
  total: number | null;
  /** Evaluations before it; null: it does not wait. */
  waits_behind: number | null;
  set: LabelledSet;
  reward_models: JobModel[];
  /** Data sources that the reward model was trained on, as far as somebody said. */
  trained_on: string[];
  policy: JobModel | null;
  /** Solutions of each problem, with those that were added; null: nothing is sampled. */
  n: number | null;
  sampled: Sampled | null;
  /** Null: not about steps, or not tuned yet. */
  threshold: number | null;
  /** Null: the threshold is tuned on nothing. */
  tuned: Tuned | null;
  /** Whether scores or figures were there when it was asked for, so that the threshold was not fixed before. */
  scores_known: boolean;
  /** Once it is done; those of before while it is worked on again, or waits for a model to go on. */
  has_figures: boolean;
  /** Null: not before all is scored; that of before, while it tries again what it could not do. */
  headline: Headline | null;
  warnings: string[];
  already: number | null;
  /** Of rows, done in `seconds`: neither before, nor before it was taken up again. */
  fresh: number;
  failed: number;
  failures: Failure[];
}

/** GET api/evaluations. */
export interface EvaluationList {
  evaluations: Evaluation[];
}

/** POST api/evaluations/extent. */
export interface EvaluationExtent {
  set: LabelledSet;
  /** That its threshold would be tuned on; null: on nothing. */
  dev: LabelledSet | null;
  already: number;
  seconds: number | null;
  waits_behind: number;
  /** Whether a threshold would be chosen after scores or figures of these steps were there to see. */
  scores_known: boolean;
  reward_model: JobModel | null;
  policy: JobModel | null;
  command: string;
}

export interface LabelledSetChoice {
  name: string;
  project: string | null;
  data_source: string | null;
  labels: string;
  solutions: number;
  /** False: of the nano benchmark, which the first evaluation of it makes. */
  is_stored: boolean;
}

/** GET api/evaluations/sets. */
export interface LabelledSetList {
  sets: LabelledSetChoice[];
}

/** Counts of steps at the threshold. Positive: correct. */
export interface Confusion {
  true_positives: number;
  false_positives: number;
  false_negatives: number;
  true_negatives: number;
  unread_correct: number;
  unread_wrong: number;
  /** Share of the steps with a score that could be read; null: there are none. */
  called_correct: number | null;
}

export interface CalibrationBin {
  low: number;
  high: number;
  steps: number;
  mean_score: number | null;
  share_correct: Estimate;
}

/** The figures of one group of steps, in [0, 1]. */
export interface StepFigures {
  /** Of the source, the policy or the 1-based place; null: not named. */
  name: string | null;
  solutions: number;
  steps: number;
  confusion: Confusion;
  macro_f1: Estimate;
  f1_correct: Estimate;
  f1_wrong: Estimate;
  accuracy: Estimate;
  auc: Estimate;
  average_precision: Estimate;
  first_error_f1: Estimate;
  calibration_error: number | null;
  all_correct_floor: number | null;
  coin_floor: number | null;
  paper: number | null;
}

export interface Paper {
  source: string;
  date: string;
  rows: { model: string; macro_f1: number }[];
}

export interface Threshold {
  threshold: number;
  macro_f1: number | null;
  /** Of its 95 % interval; null: undefined, or an upper bound. */
  low: number | null;
  high: number | null;
  chosen_on: string | null;
  is_upper_bound: boolean;
  /** Whether no threshold does better on the tested set. */
  is_optimal: boolean;
}

/** How many steps of each label score strictly above 0.00, 0.01 ... 1.00; of a histogram: in each twentieth. */
export interface CountsAbove {
  correct: number[];
  wrong: number[];
}

export interface Detection {
  error_type: ErrorType;
  steps: number;
  share: Estimate;
}

/** GET api/evaluations/{id}/step-figures. */
export interface StepBenchmark {
  evaluation: Evaluation;
  record: { name: string; value: string }[];
  command: string;
  resamples: number;
  pooled: StepFigures;
  step_weighted: Estimate;
  mean_of_sources: Estimate;
  sources: StepFigures[];
  policies: StepFigures[];
  places: StepFigures[];
  detection: Detection[];
  calibration: CalibrationBin[];
  above: CountsAbove;
  histogram: CountsAbove;
  thresholds: Threshold[];
  /** Null: another set than the published one. */
  paper: Paper | null;
}

/** One labelled step with its score. */
export interface EvaluatedStep {
  solution: string;
  problem: string;
  step: number;
  steps: number;
  text: string;
  question: string;
  image: string | null;
  data_source: string | null;
  policy_model: string;
  label: Label;
  whose: string;
  /** Null: could not be read. */
  score: number | null;
}

/** GET api/evaluations/{id}/steps. */
export interface EvaluatedStepPage {
  steps: EvaluatedStep[];
  total: number;
  next: string | null;
}

/** POST api/evaluations/{id}/queue and api/comparisons/queue. */
export interface Queued {
  project: string;
  queue: string;
  added: number;
  total: number;
}

/** A group of steps under both models; b - a. */
export interface ComparedRow {
  name: string | null;
  steps: number;
  a: Estimate;
  b: Estimate;
  difference: Estimate;
}

/** GET api/comparisons. */
export interface Comparison {
  a: Evaluation;
  b: Evaluation;
  /** Each model is judged at its own. */
  threshold_a: number;
  threshold_b: number;
  problems: number;
  solutions: number;
  steps: number;
  only_in_a: number;
  only_in_b: number;
  /** Gives the figures again in a terminal; "": none does. */
  command: string;
  pooled: ComparedRow;
  f1_correct: ComparedRow;
  f1_wrong: ComparedRow;
  sources: ComparedRow[];
  places: ComparedRow[];
  /** Each in one twentieth of [0, 1]. */
  grid: { a: number; b: number; steps: number }[];
  both_right: number;
  only_a_right: number;
  only_b_right: number;
  both_mistaken: number;
  /** Steps by which scores are above that model's threshold; those whose scores could both be read. */
  called: { by_both: number; by_a: number; by_b: number; by_none: number };
}

export interface ComparedStep extends EvaluatedStep {
  score_b: number | null;
}

/** GET api/comparisons/steps. */
export interface ComparedStepPage {
  steps: ComparedStep[];
  total: number;
  next: string | null;
}

/** Monte-Carlo labels beside others where a step is called correct above a share. */
export interface ShareThreshold {
  threshold: number;
  /** Null: undefined, with the reason in the figures. */
  confusion: CalledConfusion | null;
  macro_f1: Estimate;
  f1_correct: Estimate;
  f1_wrong: Estimate;
  accuracy: Estimate;
  called_correct: Estimate;
}

export interface CalledConfusion {
  true_positives: number;
  false_positives: number;
  false_negatives: number;
  true_negatives: number;
}

/** GET api/monte-carlo-labels. */
export interface MonteCarloLabels {
  measured: string;
  labels: string;
  name: string;
  record: { name: string; value: string }[];
  command: string;
  resamples: number;
  problems: number;
  solutions: number;
  steps: number;
  /** Measured, but labelled neutral or not at all. */
  neutral: number;
  /** Labelled, but without a completion. */
  unmeasured: number;
  /** Solutions left out: their completions ended with the first success. */
  stopped: number;
  half_labelled: number;
  equal: number;
  labelled_correct: number | null;
  all_correct_floor: number | null;
  coin_floor: number | null;
  /** At 0 and wherever something changes, lowest first. */
  points: ShareThreshold[];
}

/** A reward model with scores of solutions that the policy wrote and completed itself. */
export interface ScoringModel {
  name: string;
  solutions: number;
}

/** The steps whose score is in one part of [0, 1]. */
export interface CurveBin {
  low: number;
  high: number;
  steps: number;
  completions: number;
  /** Weighted by completions; null: the bin is empty. */
  mean_score: number | null;
  /** Of completions that reached the answer. */
  share: Estimate;
}

/** How well scores are calibrated, with the map that would do better. */
export interface CalibrationFigures {
  problems: number;
  solutions: number;
  steps: number;
  completions: number;
  curve: CurveBin[];
  /** Segments of [score, share]: linear between, nothing outside of them. */
  map: [number, number][][];
  error: Estimate;
  /** Steps that the maps of other problems say something of: before and after are of these. */
  compared: number;
  before: Estimate;
  after: Estimate;
  gain: Estimate;
  others: number;
  stopped: number;
  unscored: number;
  versions: number;
  record: { name: string; value: string }[];
  command: string;
}

/** The map that calibrated scores are read from. */
export interface KeptMap {
  created_at: string;
  made_by: string | null;
  problems: number;
  steps: number;
  completions: number;
  before: number;
  after: number;
  low: number | null;
  high: number | null;
  /** Null: there are no figures. */
  is_of_these_versions: boolean | null;
}

/** GET api/calibration. */
export interface Calibration {
  policy: string;
  reward_model: string | null;
  reward_models: ScoringModel[];
  figures: CalibrationFigures | null;
  /** Why there are no figures. */
  reason: string | null;
  kept: KeptMap | null;
}

// ---------------------------------------------------------------- Best-of-N

export type Protocol = "iid" | "greedy-first";
/** Whether a reward model reads every step, or the whole solution as one. */
export type ScoreMode = "steps" | "whole";
/** Whether two ways to choose find a right solution of a problem; missed: neither, and one was there. */
export type PickOutcome = "both" | "only_way" | "only_against" | "missed" | "none";

/** A reward model that scores a pool. */
export interface PoolModel {
  /** That its ways have, e.g. "prm" of "prm_mean". */
  key: string;
  name: string;
  revision: string;
  mode: ScoreMode;
  /** Solutions that it has not been asked about; it has figures where there are none. */
  lacking: number;
}

/** How often a way to choose is right, in [0, 1]. */
export interface WayFigure extends Estimate {
  /** Standard error of random choices behind it; null: it is exact. */
  sampling_error: number | null;
}

/** One N. */
export interface CurvePoint {
  n: number;
  /** Written for the N solutions of a problem, the mean; null: not counted. */
  tokens: number | null;
  figures: Record<string, WayFigure>;
  /** "one way - another", paired on the same problems. */
  differences: Record<string, Estimate>;
}

/** A curve from the paper, on other problems and not measured here. */
export interface PaperCurve {
  name: string;
  source: string;
  date: string;
  protocol: Protocol;
  points: { n: number; value: number }[];
}

/** GET api/evaluations/{id}/curve. */
export interface PoolCurve {
  evaluation: Evaluation;
  record: { name: string; value: string }[];
  command: string;
  protocol: Protocol;
  /** `lacking`: solutions that would have to be sampled for its figures; 0: they are there. */
  protocols: { protocol: Protocol; lacking: number }[];
  /** False: of the problems done so far. */
  is_final: boolean;
  problems: number;
  /** Problems with a reference answer; null: not counted yet. */
  total: number | null;
  /** Problems without one, left out. */
  unanswered: number | null;
  solutions: number;
  /** Pool; the curve ends there. */
  smallest: number;
  largest: number;
  /** Solutions of each problem that may be added. */
  room: number;
  models: PoolModel[];
  points: CurvePoint[];
  searches: SearchFigures[];
  resamples: number;
  /** Of all solutions; null: not counted. */
  tokens: number | null;
  /** What model servers were asked for them, their scores and searches; none: none was, or it was not kept. */
  usage: ServerUsage[];
  seconds: number;
  paper: PaperCurve[];
  /** The reward model that could score the pool now. */
  loaded: JobModel | null;
  can_sample: boolean;
}

/** Guided searches of the set beside Best-of-N at the same tokens. */
export interface SearchFigures {
  /** Width and expansions, such as "4x4". */
  title: string;
  /** The way that Best-of-N picks by. */
  against: string;
  problems: number;
  accuracy: Estimate;
  /** Of a search, in all its tries, the mean of problems; null: not counted. */
  tokens: number | null;
  /** The most solutions that take no more tokens; null: none, and the estimates say why. */
  n: number | null;
  n_tokens: number | null;
  /** n + 1; null: it has no part. */
  next_n: number | null;
  next_tokens: number | null;
  /** How often Best-of-N chooses from next_n solutions and not from n, so that it takes as many tokens. */
  next_weight: number;
  best_of_n: Estimate;
  /** The search's share minus Best-of-N's, paired. */
  difference: Estimate;
  /** Whether the pools are too small for as many tokens. */
  ends_early: boolean;
}

export type SearchPickOutcome = "both" | "only_search" | "only_best" | "neither";

/** What a search and Best-of-N come to of one problem. */
export interface SearchedProblem {
  problem: string;
  /** Null: it was deleted. */
  question: string | null;
  outcome: SearchPickOutcome;
  tokens: number;
  /** Its run, which Explore opens. */
  search: string;
  /** The run with the first of the independent ones. */
  solutions: string;
}

/** GET api/evaluations/{id}/searches/{title}. */
export interface SearchedProblems {
  protocol: Protocol;
  title: string;
  /** Null: there is nothing to compare. */
  n: number | null;
  problems: SearchedProblem[];
}

/** What a way chooses among the solutions of one problem. */
export interface PickedChoice {
  /** Of its card; null: it chooses none. */
  draw: number | null;
  /** Solutions that state the same answer, itself among them; 0: it has no vote. */
  votes: number;
  is_correct: boolean;
  /** Another answer has as many votes, and this one was sampled first. */
  is_tied: boolean;
}

export interface PickedProblem {
  problem: string;
  outcome: PickOutcome;
}

/** GET api/evaluations/{id}/picks. */
export interface Picks {
  protocol: Protocol;
  n: number;
  way: string;
  against: string;
  problems: PickedProblem[];
  right_way: number;
  right_against: number;
  right_any: number;
}

/** A reward model whose scores can choose. */
export interface ComparedModel {
  key: string;
  name: string;
  revision: string;
  mode: "steps" | "whole";
}

/** One of two Best-of-N evaluations. */
export interface ComparedSide {
  evaluation: Evaluation;
  /** That chooses; null: none has scored all of these solutions. */
  model: ComparedModel | null;
  models: ComparedModel[];
  /** Problems that the other has no solutions of, left out. */
  only_here: number;
}

/** How often a way to choose among N finds a right solution, under both; `difference`: b - a, paired. */
export interface ComparedWay {
  a: WayFigure;
  b: WayFigure;
  difference: Estimate;
}

export interface ComparedPoint {
  n: number;
  /** By mean, min, max, last, product, self_consistency, random, oracle. */
  ways: Record<string, ComparedWay>;
}

/** GET api/comparisons/best-of-n. */
export interface PoolComparison {
  a: ComparedSide;
  b: ComparedSide;
  protocol: Protocol;
  /** That both have solutions for. */
  protocols: Protocol[];
  problems: number;
  resamples: number;
  /** That gives the figures again, of the evaluations' own files in folders a and b. */
  command: string;
  points: ComparedPoint[];
}

export interface ComparedProblem {
  problem: string;
  right_a: boolean;
  right_b: boolean;
  right_any: boolean;
}

/** GET api/comparisons/best-of-n/picks. */
export interface ComparedPicks {
  n: number;
  way: string;
  /** What it is called in a, e.g. prm_mean. */
  way_a: string;
  way_b: string;
  problems: ComparedProblem[];
  right_a: number;
  right_b: number;
  right_any: number;
}

/** GET api/evaluations/{id}/problems/{problem}. */
export interface PooledProblem {
  problem: string;
  n: number;
  way: PickedChoice;
  against: PickedChoice;
  /** Of the N solutions with the scores of the way's model. */
  run: RunView;
  /** Id of a run that Explore opens; null: it is gone. */
  address: string | null;
}

/** Problems that solutions can be sampled and graded of. */
export interface ProblemSet {
  name: string;
  project: string | null;
  data_source: string | null;
  /** With a reference answer. */
  problems: number;
  unanswered: number;
}

/** GET api/evaluations/problem-sets. */
export interface ProblemSetList {
  sets: ProblemSet[];
}

// ---------------------------------------------------------------- values of components

/** The value of ExampleList. */
export interface ExamplesValue {
  examples: { sha: string; question: string }[];
  can_draw: boolean;
}
