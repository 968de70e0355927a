// One solution with everything said about it, side by side: each annotator's labels, the reward model's scores, the final label and where
// it comes from. Whoever may review decides here, with a cause; below stands the history, which nothing ever overwrites.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { ERROR_TYPE_NAMES, LABELS, SKIP_REASON_TEXTS } from "../../assets/labels.js";
import { setMaths } from "../../assets/maths.js";
import { call } from "../../assets/rest.js";
import { scoreBall, scoreText } from "../../assets/scores.js";
import { labelChoice } from "../label_board/label_choice.js";
import { ProblemPane } from "../label_board/problem_pane.js";
import { breadcrumbs } from "./breadcrumbs.js";
import { formatTime, labelIcon } from "./list_controls.js";

export const CAUSES = {
  ambiguous: "The step is ambiguous",
  guideline_gap: "The guideline does not say",
  slip: "Somebody slipped",
  bad_split: "The steps are badly split",
};
const RULES = { adjudicated: "decided", majority: "majority", single: "one annotator", none: "none" };

export async function solution(query, reload, canAddGold) {
  const id = query.get("id") ?? "";
  const path = `api/solutions/${encodeURIComponent(id)}`;
  const [view, events, crumbs] = await Promise.all([call(path), wholeHistory(path), breadcrumbs(query)]);
  const left = el("section", { class: "vp-sv-problem vp-card", "aria-label": "Problem" }, new ProblemPane(view).node);
  const labelSheet = new LabelSheet({ ...view, queue: query.get("queue") ?? view.queue }, path, reload); // of the list it was opened from
  return el(
    "div",
    { class: "vp-sv" },
    crumbs,
    left,
    el("div", { class: "vp-sv-side" }, labelSheet.node, canAddGold ? await goldPanel(view) : "", historyPanel(events)),
  );
}

/** Everything that happened to a solution, the oldest first, page by page: one answer holds no more than 200 of them. */
export async function wholeHistory(path, ask = call) {
  const found = [];
  for (let after = 0; after !== null; ) {
    const { events, next } = await ask(`${path}/history?${new URLSearchParams({ after, limit: 200 })}`);
    found.push(...events);
    after = next;
  }
  return found;
}

/** Why a decision cannot be made yet, in words; "" when it can. `differing`: 0-based steps, which stay in dispute unless they get a label. */
export function decisionProblem(cause, labels, differing) {
  if (cause === null) return "Choose a cause first.";
  if (cause === "bad_split") return ""; // steps cut wrongly cannot be judged
  const open = differing.filter((step) => labels[step] === null).map((step) => step + 1);
  if (open.length === 1) return `Step ${open[0]} is still open: its labels differ.`;
  if (open.length > 1)
    return `Steps ${open.slice(0, -1).join(", ")} and ${open.at(-1)} are still open: their labels differ.`;
  return labels.every((label) => label === null) ? "Decide at least one step." : "";
}

/** The steps with all labels, and the decision. */
class LabelSheet {
  #view;
  #path;
  #reload;
  #labels; // what the adjudicator would decide; null leaves a step to the annotators
  #rows;
  #cause = null;
  #causes = new Map();
  #note;
  #save;
  #status = el("p", { class: "vp-status-line", role: "status" });

  /** `again()` shows the solution as it is stored now. */
  constructor(view, path, reload) {
    this.#view = view;
    this.#path = path;
    this.#reload = reload;
    this.#labels = view.steps.map((_, step) => view.decision?.labels[step] ?? this.#agreed(step));
    this.#cause = view.decision?.cause ?? null;
    const people = view.annotations;
    const head = ["#", "Step", ...people.map(annotatorName), ...(view.scores ? ["Score"] : []), "Final", "Decide"];
    this.#rows = view.steps.map((text, step) => this.#row(text, step));
    this.node = el(
      "section",
      { class: "vp-card vp-sv-labels", "aria-label": "Labels" },
      el(
        "div",
        { class: "vp-sv-scroll", tabindex: "0", role: "group", "aria-label": "Labels of every step" },
        el(
          "table",
          {},
          el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
          el("tbody", {}, ...this.#rows.map(({ node }) => node)),
        ),
      ),
      this.#remarks(),
      this.#decisionForm(),
    );
    this.#draw();
  }

  /** The different labels that a step got. */
  #given(step) {
    return [...new Set(this.#view.annotations.map(({ labels }) => labels[step]).filter((label) => label !== null))];
  }

  /** The label that everybody gave a step, or null. */
  #agreed(step) {
    const given = this.#given(step);
    return given.length === 1 ? given[0] : null;
  }

  #differs(step) {
    return this.#given(step).length > 1;
  }

  #row(text, step) {
    const { annotations, scores, final } = this.#view;
    const content = el("div", { class: "vp-sv-text", dir: "auto" });
    setMaths(content, text);
    const score = scores
      ? [
          el(
            "td",
            { class: "vp-num", "data-title": "Score" },
            ...(typeof scores[step] === "number"
              ? [scoreBall(scores[step], 13), ` ${scoreText(scores[step])}`]
              : ["–"]),
          ),
        ]
      : [];
    const buttons = labelChoice(`Decide step ${step + 1}`, (value) => {
      this.#labels = this.#labels.with(step, this.#labels[step] === value ? null : value);
      this.#draw();
    });
    const node = el(
      "tr",
      { "data-differs": this.#differs(step) },
      el("th", { scope: "row", class: "vp-num", text: String(step + 1) }),
      el("td", {}, content),
      ...annotations.map((annotation) =>
        el(
          "td",
          { "data-title": annotation.annotator },
          labelIcon(annotation.labels[step]),
          detailText(annotation, step),
        ),
      ),
      ...score,
      el(
        "td",
        { "data-title": "Final" },
        labelIcon(final[step].label),
        el("span", { class: "vp-sv-rule", text: RULES[final[step].rule] }),
      ),
      el("td", {}, buttons.node),
    );
    return { node, buttons };
  }

  /** Notes, skips and flags: what people said about the whole. */
  #remarks() {
    const status = this.#view.annotations.flatMap((annotation) =>
      [
        annotation.skip_reason
          ? [annotation, `skipped: ${SKIP_REASON_TEXTS[annotation.skip_reason] ?? annotation.skip_reason}`]
          : null,
        annotation.flagged ? [annotation, "flagged"] : null,
        annotation.note ? [annotation, annotation.note] : null,
      ].filter(Boolean),
    );
    const list = el(
      "ul",
      { class: "vp-sv-remarks" },
      ...status.map(([annotation, text]) => el("li", {}, el("b", { text: `${annotation.annotator}: ` }), text)),
    );
    show(list, status.length > 0);
    return list;
  }

  #decisionForm() {
    for (const [cause, text] of Object.entries(CAUSES)) {
      this.#causes.set(
        cause,
        el("button", {
          type: "button",
          class: "vp-btn",
          "aria-pressed": "false",
          text,
          onclick: () => {
            this.#cause = this.#cause === cause ? null : cause;
            this.#draw();
          },
        }),
      );
    }
    this.#note = el("textarea", {
      rows: "2",
      maxlength: "10000",
      placeholder: "Why (optional)",
      "aria-label": "Why this decision",
      dir: "auto",
    });
    this.#note.value = this.#view.decision?.note ?? "";
    this.#save = el("button", {
      type: "button",
      class: "vp-btn vp-btn-primary",
      text: "Decide",
      onclick: () => this.#decide(),
    });
    const before = this.#view.decision
      ? el("p", {
          class: "vp-status-line",
          text: `Decided by ${this.#view.decision.by}, ${formatTime(this.#view.decision.at)}. Deciding again keeps both.`,
        })
      : null;
    return el(
      "div",
      { class: "vp-sv-decision" },
      el("p", { class: "vp-label", text: "Why did they differ?" }),
      el("div", { class: "vp-sv-cause-buttons", role: "group", "aria-label": "Cause" }, ...this.#causes.values()),
      this.#note,
      el("div", { class: "vp-button-row" }, this.#save, before ?? "", this.#status),
    );
  }

  #draw() {
    for (const [step, { buttons }] of this.#rows.entries()) {
      buttons.set(LABELS.includes(this.#labels[step]) ? this.#labels[step] : null);
    }
    for (const [cause, button] of this.#causes) setAttr(button, "aria-pressed", String(this.#cause === cause));
    const differing = [...this.#labels.keys()].filter((step) => this.#differs(step));
    const why = decisionProblem(this.#cause, this.#labels, differing);
    this.#save.disabled = why !== "";
    setText(this.#status, why);
  }

  async #decide() {
    this.#save.disabled = true;
    setText(this.#status, "Saving…");
    try {
      await call(`${this.#path}/decision`, {
        method: "POST",
        body: { labels: this.#labels, cause: this.#cause, note: this.#note.value, queue: this.#view.queue ?? null },
      });
      await this.#reload();
      document.querySelector(".vp-breadcrumbs [rel='next']")?.focus(); // Enter goes on to the next disagreement
    } catch (error) {
      this.#save.disabled = false;
      setText(this.#status, error.message);
    }
  }
}

/** Puts a solution whose labels are settled into a project, as a check on its annotators: hidden gold, or part of the entry quiz. */
async function goldPanel({ solution: id }) {
  const projects = (await call("api/projects")).projects.filter(({ archived }) => !archived);
  if (projects.length === 0) return "";
  const status = el("p", { class: "vp-status-line", role: "status" });
  const where = el(
    "select",
    { "aria-label": "Project" },
    ...projects.map(({ project, title }) => el("option", { value: project, text: title })),
  );
  const make = (text, role, done) =>
    el("button", {
      type: "button",
      class: "vp-btn",
      text,
      onclick: async () => {
        try {
          const { changed } = await call(`api/projects/${encodeURIComponent(where.value)}/known`, {
            method: "POST",
            body: { role, solutions: [{ solution: id }] },
          });
          setText(status, changed > 0 ? done : "It is one already.");
        } catch (error) {
          setText(status, error.message);
        }
      },
    });
  return el(
    "section",
    { class: "vp-card vp-sv-decision", "aria-label": "Known labels" },
    el("p", { class: "vp-label", text: "Check the annotators of a project with these final labels" }),
    el(
      "div",
      { class: "vp-button-row vp-dataset-filters" },
      where,
      make("Hidden gold item", "gold", "A hidden gold item now."),
      make("Item of the entry quiz", "quiz", "Part of the entry quiz now."),
      status,
    ),
  );
}

function annotatorName({ annotator, stage }) {
  return el(
    "span",
    {},
    annotator,
    stage === "revealed" ? el("span", { class: "vp-sv-stage", text: " after the scores" }) : "",
  );
}

function detailText({ details, first_error: firstError }, step) {
  const detail = details?.[step];
  const texts = [
    firstError === step ? "first error" : "",
    detail?.error_type ? ERROR_TYPE_NAMES[detail.error_type] : "",
    detail?.correction ? `should be: ${detail.correction}` : "",
    detail?.note ?? "",
  ].filter(Boolean);
  return texts.length ? el("span", { class: "vp-sv-detail", dir: "auto", text: texts.join(" · ") }) : "";
}

function historyPanel(events) {
  return el(
    "section",
    { class: "vp-card vp-sv-history", "aria-label": "History" },
    el("h2", { text: "History" }),
    events.length === 0
      ? el("p", { class: "vp-status-line", text: "Nothing has happened here yet." })
      : el(
          "ol",
          {},
          ...events.map(({ at, who, text }) =>
            el(
              "li",
              {},
              el("time", { datetime: at, text: formatTime(at) }),
              el("b", { text: who }),
              el("span", { dir: "auto", text }),
            ),
          ),
        ),
  );
}
