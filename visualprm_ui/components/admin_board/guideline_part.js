// The guideline of a project: its text with a preview beside it, and its versions. Each save is a new version, which
// annotators are shown when they next open the project.

import { el, setText } from "../../assets/dom.js";
import { call, errorText } from "../../assets/rest.js";
import { formatTime } from "../dataset_board/list_controls.js";
import { showGuideline } from "../label_board/guideline.js";
import { actionButton, field, post, select } from "./actions.js";
import { adminLink, partPath } from "./project_address.js";

/** @import { GuidelineHistory } from "../../assets/api.d.ts" */
/** @import { PartContext } from "./project_page.js" */

/**
 * Returns the part's nodes.
 * @param {PartContext} context
 */
export async function guidelinePart({ path, progress, status, done }) {
  /** @type {GuidelineHistory} */
  const history = await call(`${path}/guideline`);
  const text = el("textarea", { class: "vp-pp-guideline-text", rows: "28", maxlength: "100000", dir: "auto" });
  const preview = el("div", { class: "vp-lb-guideline-body vp-pp-guideline-preview", tabindex: "0", role: "document" });
  const draw = () => showGuideline(preview, text.value);
  const fill = (/** @type {string} */ written) => {
    text.value = written;
    draw();
  };
  text.addEventListener("input", draw);
  fill(history.text);
  const versions = select("version", versionChoices(history), history.current);
  versions.addEventListener("change", async () => {
    try {
      /** @type {GuidelineHistory} */
      const { text: earlier } = await call(`${path}/guideline?${new URLSearchParams({ version: versions.value })}`);
      fill(earlier);
    } catch (error) {
      setText(status, errorText(error));
    }
  });
  const save = async () => {
    /** @type {{ version: string }} */
    const { version } = await post(`${path}/guideline`, { text: text.value, based_on: history.current });
    await done(`Saved as version ${version}. Annotators see it when they next open the project.`);
  };
  return [
    el(
      "div",
      { class: "vp-pp-trail" },
      adminLink(partPath(progress.project, "setup"), { class: "vp-btn" }, "Back to setup"),
      el("h3", { text: "Guideline" }),
      el("span", { class: "vp-status-line", text: standingText(history) }),
    ),
    el(
      "div",
      { class: "vp-pp-pair" },
      el(
        "section",
        { class: "vp-card vp-pp-card", "aria-label": "Text" },
        history.versions.length ? field("Start from", versions) : null,
        field("Text, in Markdown", text),
        el(
          "div",
          { class: "vp-button-row" },
          actionButton("Save as a new version", save, status, { class: "vp-btn vp-btn-primary" }),
        ),
      ),
      el(
        "section",
        { class: "vp-card vp-pp-card", "aria-label": "Preview" },
        el("div", { class: "vp-pp-section-head" }, el("h3", { text: "As annotators see it" })),
        preview,
      ),
    ),
  ];
}

/**
 * Returns the versions whose text can be edited: the project's own, and the one it began with.
 * @param {Pick<GuidelineHistory, "current" | "versions">} history
 * @returns {[string, string][]}
 */
export function versionChoices({ current, versions }) {
  /** @type {[string, string][]} */
  const own = versions.map(({ version, by, at }) => [version, `Version ${version}, ${by}, ${formatTime(at)}`]);
  if (!versions.some(({ version }) => version === current)) own.unshift([current, `Version ${current}`]);
  return own;
}

/**
 * Says which version the project is labelled by, and whose it is.
 * @param {Pick<GuidelineHistory, "current" | "versions">} history
 */
export function standingText({ current, versions }) {
  const own = versions.find(({ version }) => version === current);
  const whose = own ? `saved by ${own.by}, ${formatTime(own.at)}` : "the one that every project starts with";
  return `Version ${current}, ${whose}. Every label says by which version it was given.`;
}
