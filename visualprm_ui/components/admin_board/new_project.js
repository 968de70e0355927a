// Making a project: a title, and choices that a first project can keep as they are.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { errorText } from "../../assets/rest.js";
import { post, statusLine } from "./actions.js";
import { costText, exampleStep } from "./new_project_preview.js";
import { adminLink, partPath } from "./project_address.js";
import { optionRows, settingRow } from "./project_options.js";
import { section } from "./setup_part.js";

/** @import { ProjectList } from "../../assets/api.d.ts" */

const SUGGESTED_OVERLAP = 2; // two people per solution are the fewest whose agreement can be measured

/**
 * Returns the page.
 * @param {ProjectList} list the pace of its projects is what the new one is expected to cost
 */
export function newProject({ default_options: defaults, projects }) {
  const status = statusLine();
  const title = el("input", { type: "text", maxlength: "200", required: true, dir: "auto" });
  const fields = optionRows({ ...defaults, overlap: SUGGESTED_OVERLAP }, true);
  const open = el(
    "button",
    { type: "submit", class: "vp-btn vp-btn-primary" },
    "Create it, then fill it",
    icon("right", 14),
  );
  const preview = el("div", { class: "vp-pp-preview" });
  const cost = el("p", {});
  const draw = () => {
    const values = fields.values();
    preview.replaceChildren(...exampleStep(values));
    setText(cost, costText(values, projects));
  };
  const form = el(
    "form",
    { class: "vp-pp-new" },
    el(
      "div",
      { class: "vp-pp-setup" },
      section(1, "What it is", [settingRow("Title", "As annotators see it.", title), ...fields.rows.audience]),
      section(
        2,
        "What is asked",
        fields.rows.asked,
        "Every step gets Correct, Neutral or Wrong. You may ask more about a wrong step.",
      ),
      section(3, "How reliable the labels must be", fields.rows.sure),
      section(4, "What comes first", fields.rows.order),
    ),
    el(
      "aside",
      { class: "vp-pp-aside", "aria-label": "What it means" },
      el("h3", { text: "What annotators will see" }),
      preview,
      el("div", { class: "vp-card vp-pp-card" }, el("h3", { text: "What it costs" }), cost),
      el(
        "div",
        { class: "vp-button-row" },
        open,
        adminLink("admin?view=projects", { class: "vp-btn vp-btn-quiet" }, "Cancel"),
      ),
      status,
    ),
  );
  form.addEventListener("input", draw);
  draw();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    open.disabled = true;
    try {
      /** @type {{ project: string }} */
      const { project } = await post("api/projects", { title: title.value.trim(), options: fields.changes() });
      const link = adminLink(partPath(project, "fill"), { hidden: true }, "");
      form.append(link);
      link.click();
    } catch (error) {
      setText(status, errorText(error));
      open.disabled = false;
    }
  });
  return el(
    "section",
    { class: "vp-pp", "aria-label": "New project" },
    el("nav", { class: "vp-pp-trail", "aria-label": "You are here" }, adminLink("admin?view=projects", {}, "Projects")),
    el(
      "div",
      { class: "vp-pp-head" },
      el("h2", { text: "New project" }),
      el("span", {
        class: "vp-status-line",
        text: "A title is enough: the rest has sound defaults, and can be changed later.",
      }),
    ),
    form,
  );
}
