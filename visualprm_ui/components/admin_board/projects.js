// Projects: what is labelled, by how many, in which order, how far it is and when it will be done; making new ones and filling them.

import { el, setText } from "../../assets/dom.js";
import { address, call, upload } from "../../assets/rest.js";
import { nothing, table } from "../dataset_board/parts.js";
import { count } from "../label_board/words.js";
import { choose, deed, field, patch, post, saying } from "./deed.js";

const ORDERS = [["as_imported", "As they came"], ["random", "Random"], ["uncertain", "Scores near the threshold first"], ["disagreement", "Labels against scores first"], ["confident_wrong", "Confident wrong answers first"]];
const QUIZ = { passed: "passed", failed: "failed", open: "not yet" };

export async function projects(_query, again) {
  const { projects: rows } = await call("api/projects");
  return el("div", { class: "vp-dataset-part" }, newProject(again),
    rows.length ? el("div", { class: "vp-dataset-part" }, ...rows.map((project) => card(project, again))) : nothing("No project yet", "A project says how its solutions are labelled: by how many people, in which order, with which questions."));
}

/** The fields of a project's options; `read()` gives what they say. */
function optionFields(options = {}) {
  const overlap = el("input", { type: "number", min: "1", max: "20", value: options.overlap ?? "", placeholder: "everyone" });
  const order = choose("order", ORDERS, options.order ?? "as_imported");
  const share = (value) => el("input", { type: "number", min: "0", max: "100", step: "1", value: Math.round(100 * value) });
  const evaluation = share(options.evaluation_share ?? 0.1);
  const review = share(options.review_share ?? 0.1);
  const whole = (value, max) => el("input", { type: "number", min: "1", max, step: "1", value });
  const split = whole(options.split_size ?? 300, "100000");
  const lease = whole(options.lease_minutes ?? 30, "10080");
  const quiz = el("input", { type: "number", min: "1", max: "100", value: options.quiz_pass ? Math.round(100 * options.quiz_pass) : "", placeholder: "no quiz" });
  const box = (name, value) => el("input", { type: "checkbox", name, checked: value });
  const boxes = { blind: box("blind", options.blind ?? true), error_types: box("error_types", options.error_types ?? false), first_error: box("first_error", options.first_error ?? false), step_notes: box("step_notes", options.step_notes ?? true) };
  const words = { blind: "Blind: scores only after submission", error_types: "Ask for the type of error", first_error: "Ask for the first error", step_notes: "Corrections and remarks on steps" };
  const nodes = [field("People for each solution", overlap), field("Order", order), field("Random slice for evaluation, %", evaluation), field("Solutions in a split", split), field("Reviewed of each split, %", review), field("Entry quiz, % to pass", quiz), field("Held for one person, minutes", lease),
    el("div", { class: "vp-admin-checks" }, ...Object.entries(boxes).map(([name, control]) => el("label", { class: "vp-admin-check" }, control, el("span", { text: words[name] }))))];
  const read = () => ({
    overlap: overlap.value === "" ? null : Number(overlap.value), order: order.value, evaluation_share: Number(evaluation.value) / 100, review_share: Number(review.value) / 100,
    split_size: Number(split.value), lease_minutes: Number(lease.value), quiz_pass: quiz.value === "" ? null : Number(quiz.value) / 100, ...Object.fromEntries(Object.entries(boxes).map(([name, control]) => [name, control.checked])),
  });
  return { nodes, read };
}

function newProject(again) {
  const said = saying();
  const title = el("input", { type: "text", maxlength: "200", required: "" });
  const options = optionFields({ overlap: 2 });
  const form = el("form", { class: "vp-admin-form" }, el("div", { class: "vp-admin-title" }, field("Title", title)), ...options.nodes, el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: "Make the project" }), said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("api/projects", { title: title.value.trim(), options: options.read() });
      await again();
    } catch (error) {
      setText(said, error.message);
    }
  });
  return el("details", { class: "vp-card vp-admin-new" }, el("summary", { text: "New project" }), form);
}

function card({ project, title, options, archived, queues }, again) {
  const said = saying();
  const path = `api/projects/${encodeURIComponent(project)}`;
  // the cards are drawn anew; what was done is said on the new one
  const done = async (text) => {
    await again();
    const told = document.querySelector(`[data-project="${CSS.escape(project)}"] > .vp-sv-said`);
    if (told) setText(told, text);
  };
  const fields = optionFields(options);
  const settings = el("details", {}, el("summary", { text: "Settings" }), el("div", { class: "vp-admin-form" }, ...fields.nodes,
    deed("Save", async () => {
      await patch(path, { options: fields.read() });
      await done("Saved.");
    }, said), ...queues.map(({ queue }) => deed("Order anew what nobody has begun", async () => {
      const { moved } = await post(`api/queues/${encodeURIComponent(queue)}/reorder`);
      setText(said, `${count(moved, "solution")} moved.`);
    }, said)), deed(archived ? "Take up again" : "Archive", async () => {
      await patch(path, { archived: !archived });
      await again();
    }, said)));
  return el("section", { class: "vp-card vp-admin-project", "aria-label": title, "data-project": project },
    el("h2", { text: title }), said, archived ? el("span", { class: "vp-tag", text: "archived" }) : "", ...queues.map(queuePart), fill(path, said, done), settings);
}

function queuePart({ queue, title, total, done, labels_an_hour: pace, hours_left: left, people }) {
  const part = total > 0 ? done / total : 0;
  const words = [`${done.toLocaleString("en")} of ${total.toLocaleString("en")} done`, pace === null ? null : `${Math.round(pace)} steps an hour`, left === null || done >= total ? null : `about ${spell(left)} left`].filter(Boolean);
  return el("div", { class: "vp-admin-queue" },
    el("div", { class: "vp-admin-progress" }, el("a", { href: address(`annotate?queue=${encodeURIComponent(queue)}`), text: title }),
      el("span", { class: "vp-admin-bar", role: "progressbar", "aria-label": `${title}: done`, "aria-valuemin": "0", "aria-valuemax": String(total), "aria-valuenow": String(done) }, el("span", { style: `width:${100 * part}%` })),
      el("span", { class: "vp-sv-said", text: words.join(" · ") })),
    people.length ? table(`People of ${title}`, ["Annotator", "Done", "Skipped", "Steps an hour", "Seconds an item", "Gold", "Quiz"], people.map((one) => [
      one.annotator, one.done, one.skipped, one.labels_an_hour === null ? "–" : Math.round(one.labels_an_hour), one.seconds_an_item === null ? "–" : Math.round(one.seconds_an_item),
      one.gold && one.gold.steps > 0 ? `${Math.round((100 * one.gold.right) / one.gold.steps)} % of ${one.gold.steps}` : "–", QUIZ[one.quiz] ?? "–"])) : "");
}

/** Adding solutions: from a file, or from the store, narrowed by a run, source, policy or score. */
function fill(path, said, done) {
  const file = el("input", { type: "file", accept: ".zip,.jsonl,application/zip", "aria-label": "VisualProcessBench file" });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const { added, unchanged, errors } = await upload(`${path}/import`, chosen, (part) => setText(said, `Sending, ${Math.round(100 * part)} %`));
      const first = errors[0] ? ` First error: line ${errors[0].line}, ${errors[0].reason}` : "";
      await done(`${added} added, ${unchanged} there already, ${errors.length} refused.${first}`);
    } catch (error) {
      setText(said, error.message);
    }
    file.value = "";
  });
  const text = (placeholder) => el("input", { type: "text", maxlength: "400", placeholder });
  const score = () => el("input", { type: "number", min: "0", max: "1", step: "0.05", placeholder: "any" });
  const [run, source, policy, low, high] = [text("address or id"), text("any"), text("any"), score(), score()];
  const against = el("input", { type: "checkbox" });
  const wanted = () => {
    const filter = Object.fromEntries(Object.entries({ data_source: source.value.trim(), policy_model: policy.value.trim() }).filter(([, value]) => value !== ""));
    for (const [name, control] of [["min_score", low], ["max_score", high]]) if (control.value !== "") filter[name] = Number(control.value);
    if (against.checked) filter.disagrees = true;
    return run.value.trim() === "" ? { filter } : { runs: [runOf(run.value)], filter };
  };
  const add = deed("Add them", async () => {
    const { added } = await post(`${path}/items`, wanted());
    await done(`${count(added, "solution")} added.`);
  }, said);
  return el("div", { class: "vp-admin-fill" }, field("Add a VisualProcessBench file (zip or test.jsonl)", file),
    el("details", {}, el("summary", { text: "Add solutions of the store" }), el("div", { class: "vp-admin-form" },
      field("Of one run", run), field("Data source", source), field("Policy", policy), field("Score from", low), field("Score to", high),
      el("label", { class: "vp-admin-check" }, against, el("span", { text: "Only where labels contradict the scores" })), add)));
}

/** The run in an address as Explore's Copy link gives it, or the text itself. */
export function runOf(text) {
  return /[?&]run=([^&#]+)/.exec(text)?.[1] ?? text.trim();
}

/** "3 hours", "2 days". */
function spell(hours) {
  if (hours < 1) return count(Math.max(1, Math.round(60 * hours)), "minute");
  return hours < 48 ? count(Math.round(hours), "hour") : count(Math.round(hours / 24), "day");
}
