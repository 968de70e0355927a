// Projects: what is labelled, by how many, in which order, how far it is and when it will be done; making new ones and filling them.

import { el, setText } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { address, call, upload } from "../../assets/rest.js";
import { emptyState, table } from "../dataset_board/list_controls.js";
import { actionButton, field, patch, post, select, statusLine } from "./actions.js";

const ORDERS = [
  ["as_imported", "As they came"],
  ["random", "Random"],
  ["uncertain", "Scores near the threshold first"],
  ["disagreement", "Labels against scores first"],
  ["confident_wrong", "Confident wrong answers first"],
];
const QUIZ = { passed: "passed", failed: "failed", open: "not yet" };

export async function projects(_query, reload) {
  const { projects: rows } = await call("api/projects");
  return el(
    "div",
    { class: "vp-dataset-part" },
    newProject(reload),
    rows.length
      ? el("div", { class: "vp-dataset-part" }, ...rows.map((project) => card(project, reload)))
      : emptyState(
          "No project yet",
          "A project says how its solutions are labelled: by how many people, in which order, with which questions.",
        ),
  );
}

const OPTION_NAMES = {
  blind: "Blind: scores only after submission",
  error_types: "Ask for the type of error",
  first_error: "Ask for the first error",
  step_notes: "Corrections and remarks on steps",
};
const WHOLE = { show: String, read: Number };
const SHARE = { show: percent, read: (text) => Number((Number(text) / 100).toPrecision(12)), step: "any" };
// what may be left empty has a placeholder that says what this means; the limits are the store's
const NUMBERS = {
  overlap: { label: "People for each solution", ...WHOLE, min: "1", max: "100", placeholder: "everyone" },
  evaluation_share: { label: "Random slice for evaluation, %", ...SHARE, min: "0", max: "100" },
  split_size: { label: "Solutions in a split", ...WHOLE, min: "1", max: "1000000" },
  review_share: { label: "Reviewed of each split, %", ...SHARE, min: "0", max: "100" },
  quiz_pass: { label: "Entry quiz, % to pass", ...SHARE, min: "0", max: "100", placeholder: "no quiz" },
  lease_minutes: { label: "Held for one person, minutes", ...WHOLE, min: "1", max: "10080" },
};
const DEFAULTS = {
  overlap: 2,
  order: "as_imported",
  evaluation_share: 0.1,
  split_size: 300,
  review_share: 0.1,
  quiz_pass: null,
  lease_minutes: 30,
  blind: true,
  error_types: false,
  first_error: false,
  step_notes: true,
};

/** A share as percent without the noise of binary fractions: 0.07 is 7, 0.125 is 12.5. */
export function percent(share) {
  return String(Number((100 * share).toPrecision(12)));
}

/** What was changed: the texts and ticks of the fields as they were and as they are now, by option, turned into what the server takes. */
export function changed(before, now) {
  return Object.fromEntries(
    Object.entries(now)
      .filter(([name, value]) => value !== before[name])
      .map(([name, value]) => [name, name in NUMBERS ? (value === "" ? null : NUMBERS[name].read(value)) : value]),
  );
}

/** The fields of a project's options, without any those of a new one. `changes()` gives what they say and the project does not have yet. */
function optionFields(known = null) {
  const options = known ?? DEFAULTS;
  const controls = {};
  const number = (name) => {
    const { label, show, read: _, placeholder = null, ...limits } = NUMBERS[name];
    controls[name] = el("input", {
      type: "number",
      step: "1",
      ...limits,
      required: placeholder === null,
      placeholder,
      value: options[name] === null ? "" : show(options[name]),
    });
    return checked(label, controls[name]);
  };
  controls.order = select("order", ORDERS, options.order);
  const box = (name) => {
    controls[name] = el("input", { type: "checkbox", name, checked: options[name] });
    return el("label", { class: "vp-admin-check" }, controls[name], el("span", { text: OPTION_NAMES[name] }));
  };
  const nodes = [
    number("overlap"),
    field("Order", controls.order),
    ...["evaluation_share", "split_size", "review_share", "quiz_pass", "lease_minutes"].map(number),
    el("div", { class: "vp-admin-checks" }, ...Object.keys(OPTION_NAMES).map(box)),
  ];
  const values = () =>
    Object.fromEntries(
      Object.entries(controls).map(([name, control]) => [
        name,
        control.type === "checkbox" ? control.checked : control.value,
      ]),
    );
  const before = known ? values() : {};
  return { nodes, changes: () => changed(before, values()) };
}

/** A labelled field that says beside it why it cannot be taken as it is. */
function checked(label, control) {
  const status = el("span", { class: "vp-status-line", role: "alert" });
  control.addEventListener("invalid", (event) => {
    event.preventDefault(); // the browser's own bubble would lie over the sentence
    setText(status, control.validity.valueMissing ? "Type a number: this cannot be empty." : control.validationMessage);
    if (control.form?.querySelector("input:invalid") === control) control.focus();
  });
  control.addEventListener("input", () => setText(status, ""));
  const node = field(label, control);
  node.append(status);
  return node;
}

function newProject(reload) {
  const status = statusLine();
  const title = el("input", { type: "text", maxlength: "200", required: "" });
  const options = optionFields();
  const form = el(
    "form",
    { class: "vp-admin-form" },
    el("div", { class: "vp-admin-title" }, field("Title", title)),
    ...options.nodes,
    el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: "Make the project" }),
    status,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("api/projects", { title: title.value.trim(), options: options.changes() });
      await reload();
    } catch (error) {
      setText(status, error.message);
    }
  });
  return el("details", { class: "vp-card vp-admin-new" }, el("summary", { text: "New project" }), form);
}

function card({ project, title, options, archived, queues }, reload) {
  const status = statusLine();
  const path = `api/projects/${encodeURIComponent(project)}`;
  // the cards are drawn anew; what was done is said on the new one
  const done = async (text) => {
    await reload();
    const line = document.querySelector(`[data-project="${CSS.escape(project)}"] > .vp-status-line`);
    if (line) setText(line, text);
  };
  const fields = optionFields(options);
  const settings = el(
    "details",
    {},
    el("summary", { text: "Settings" }),
    el(
      "form",
      { class: "vp-admin-form", novalidate: true, onsubmit: (event) => event.preventDefault() },
      ...fields.nodes,
      actionButton(
        "Save",
        async () => {
          if (!settings.querySelector("form").reportValidity()) return;
          await patch(path, { options: fields.changes() });
          await done("Saved.");
        },
        status,
        { type: "submit" },
      ),
      ...queues.map(({ queue }) =>
        actionButton(
          "Order anew what nobody has begun",
          async () => {
            const { moved } = await post(`api/queues/${encodeURIComponent(queue)}/reorder`);
            setText(status, `${plural(moved, "solution")} moved.`);
          },
          status,
        ),
      ),
      actionButton(
        archived ? "Take up again" : "Archive",
        async () => {
          await patch(path, { archived: !archived });
          await reload();
        },
        status,
      ),
    ),
  );
  return el(
    "section",
    { class: "vp-card vp-admin-project", "aria-label": title, "data-project": project },
    el("h2", { text: title }),
    status,
    archived ? el("span", { class: "vp-tag", text: "archived" }) : "",
    ...queues.map(queuePart),
    fillPanel(path, status, done),
    settings,
  );
}

function queuePart({ queue, title, total, done, labels_an_hour: pace, hours_left: left, people }) {
  const share = total > 0 ? done / total : 0;
  const parts = [
    `${done.toLocaleString("en")} of ${total.toLocaleString("en")} done`,
    pace === null ? null : `${Math.round(pace)} steps an hour`,
    left === null || done >= total ? null : `about ${durationText(left)} left`,
  ].filter(Boolean);
  return el(
    "div",
    { class: "vp-admin-queue" },
    el(
      "div",
      { class: "vp-admin-progress" },
      el("a", { href: address(`annotate?queue=${encodeURIComponent(queue)}`), text: title }),
      el(
        "span",
        {
          class: "vp-admin-bar",
          role: "progressbar",
          "aria-label": `${title}: done`,
          "aria-valuemin": "0",
          "aria-valuemax": String(total),
          "aria-valuenow": String(done),
        },
        el("span", { style: `width:${100 * share}%` }),
      ),
      el("span", { class: "vp-status-line", text: parts.join(" · ") }),
    ),
    people.length
      ? table(
          `People of ${title}`,
          ["Annotator", "Done", "Skipped", "Steps an hour", "Seconds an item", "Gold", "Quiz"],
          people.map((one) => [
            one.annotator,
            one.done,
            one.skipped,
            one.labels_an_hour === null ? "–" : Math.round(one.labels_an_hour),
            one.seconds_an_item === null ? "–" : Math.round(one.seconds_an_item),
            one.gold && one.gold.steps > 0
              ? `${Math.round((100 * one.gold.right) / one.gold.steps)} % of ${one.gold.steps}`
              : "–",
            QUIZ[one.quiz] ?? "–",
          ]),
        )
      : "",
  );
}

/** Adding solutions: from a file, or from the store, narrowed by a run, source, policy or score. */
function fillPanel(path, status, done) {
  const file = el("input", {
    type: "file",
    accept: ".zip,.jsonl,application/zip",
    "aria-label": "VisualProcessBench file",
  });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const { added, unchanged, conflicting, errors } = await upload(`${path}/import`, chosen, (share) =>
        setText(status, `Sending, ${Math.round(100 * share)} %`),
      );
      const first = errors[0] ? ` First error: line ${errors[0].line}, ${errors[0].reason}` : "";
      const differ = conflicting ? ` ${conflicting} with other labels than an earlier line of the same solution.` : "";
      await done(`${added} added, ${unchanged} there already, ${errors.length} refused.${differ}${first}`);
    } catch (error) {
      setText(status, error.message);
    }
    file.value = "";
  });
  const text = (placeholder) => el("input", { type: "text", maxlength: "400", placeholder });
  const score = () => el("input", { type: "number", min: "0", max: "1", step: "0.05", placeholder: "any" });
  const [run, source, policy, low, high] = [text("address or id"), text("any"), text("any"), score(), score()];
  const contradicting = el("input", { type: "checkbox" });
  const body = () => {
    const filter = Object.fromEntries(
      Object.entries({ data_source: source.value.trim(), policy_model: policy.value.trim() }).filter(
        ([, value]) => value !== "",
      ),
    );
    for (const [name, control] of [
      ["min_score", low],
      ["max_score", high],
    ])
      if (control.value !== "") filter[name] = Number(control.value);
    if (contradicting.checked) filter.disagrees = true;
    return run.value.trim() === "" ? { filter } : { runs: [runOf(run.value)], filter };
  };
  const add = actionButton(
    "Add them",
    async () => {
      const { added } = await post(`${path}/items`, body());
      await done(`${plural(added, "solution")} added.`);
    },
    status,
  );
  return el(
    "div",
    { class: "vp-admin-fill" },
    field("Add a VisualProcessBench file (zip or test.jsonl)", file),
    el(
      "details",
      {},
      el("summary", { text: "Add solutions of the store" }),
      el(
        "div",
        { class: "vp-admin-form" },
        field("Of one run", run),
        field("Data source", source),
        field("Policy", policy),
        field("Score from", low),
        field("Score to", high),
        el(
          "label",
          { class: "vp-admin-check" },
          contradicting,
          el("span", { text: "Only where labels contradict the scores" }),
        ),
        add,
      ),
    ),
  );
}

/** The run in an address as Explore's Copy link gives it, or the text itself. */
export function runOf(text) {
  return /[?&]run=([^&#]+)/.exec(text)?.[1] ?? text.trim();
}

/** "3 hours", "2 days". */
function durationText(hours) {
  if (hours < 1) return plural(Math.max(1, Math.round(60 * hours)), "minute");
  return hours < 48 ? plural(Math.round(hours), "hour") : plural(Math.round(hours / 24), "day");
}
