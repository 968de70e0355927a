// The image field's nodes: the picture that is looked at, all of them in a row, buttons, progress, messages, the
// enlarged view.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { imageAddress } from "../../assets/rest.js";

/** @import { IconName } from "../../assets/icons.js" */
/** @import { ImageRef } from "../../assets/api.d.ts" */

/** @typedef {ReturnType<typeof buildField>} Field */

const EDGE = 480; // pixels: shown at up to 346 by 150
const SMALL_EDGE = 96; // as in the lists, which have fetched it already

/** Builds the field. */
export function buildField() {
  const image = el("img", { class: "vp-pic-image", hidden: true });
  const drop = el(
    "button",
    { class: "vp-pic-drop", type: "button" },
    icon("image", 22),
    el(
      "span",
      {},
      el("b", { text: "Add an image" }),
      el("br"),
      "drop, paste or choose files;",
      el("br"),
      "or ask without one",
    ),
  );
  const earlier = tool("left", "Move the image forward");
  const later = tool("right", "Move the image back");
  const enlarge = tool("expand", "Enlarge the image");
  const clear = tool("cross", "Remove the image");
  const tools = el("div", { class: "vp-pic-tools", hidden: true }, earlier, later, enlarge, clear);
  const row = el("ol", { class: "vp-pic-row", "aria-label": "All images, in order", hidden: true });
  const choose = quiet("upload", "Choose files");
  const paste = quiet("clipboard", "Paste");
  const another = quiet("plus", "Another");
  const input = el("input", {
    type: "file",
    accept: "image/*",
    multiple: true,
    hidden: true,
    tabindex: "-1",
    "aria-label": "Image files",
  });
  const progress = el("progress", { class: "vp-pic-progress", max: 1, "aria-label": "Upload", hidden: true });
  const error = el("p", { class: "vp-pic-error", role: "alert", hidden: true });
  const note = el("p", { class: "vp-pic-note", hidden: true });
  const keep = el("button", { class: "vp-btn vp-pic-keep", type: "button", text: "Keep both", hidden: true });
  const live = el("p", { class: "vp-hidden", role: "status" });
  const full = el("img", {});
  const close = el("button", { class: "vp-btn", type: "button" }, icon("cross"), el("span", { text: "Close" }));
  const dialog = el("dialog", { class: "vp-dialog", "aria-label": "Image" }, full, close);
  const stage = el("div", { class: "vp-pic-stage" }, drop, image, progress);
  const label = el("span", {});
  const node = el(
    "section",
    { class: "vp-card vp-pic", "aria-label": "Images" },
    el("div", { class: "vp-pic-head" }, el("span", { class: "vp-label" }, icon("image", 13), " ", label), tools),
    stage,
    row,
    el("div", { class: "vp-pic-actions" }, choose, paste, another, input),
    error,
    note,
    keep,
    live,
    dialog,
  );
  const buttons = { drop, earlier, later, enlarge, clear, choose, paste, another, keep, close };
  return { node, stage, image, label, tools, row, ...buttons, input, progress, error, note, live, dialog, full };
}

/**
 * @param {IconName} name
 * @param {string} label
 */
function tool(name, label) {
  return el(
    "button",
    { class: "vp-btn vp-btn-quiet vp-pic-tool", type: "button", "aria-label": label, title: label },
    icon(name),
  );
}

/**
 * @param {IconName} name
 * @param {string} text
 */
function quiet(name, text) {
  return el("button", { class: "vp-btn vp-btn-quiet", type: "button" }, icon(name), el("span", { text }));
}

/**
 * @param {Field} view
 * @param {boolean} on
 */
export function setBusy(view, on) {
  setAttr(view.node, "aria-busy", on ? "true" : null);
  view.progress.removeAttribute("value");
  show(view.progress, on);
  const sample = document.getElementById("vp-sample");
  if (sample) setAttr(sample, "aria-disabled", on ? "true" : null); // disabled would take the focus from it
}

/**
 * Shows an error or a note, and with `canKeep` the button that keeps what was replaced; `live` is for screen readers
 * only.
 * @param {Field} view
 * @param {{ error?: string, note?: string, live?: string | null, canKeep?: boolean }} message
 */
export function showMessage(view, { error = "", note = "", live = null, canKeep = false }) {
  setText(view.error, error);
  setText(view.note, note);
  show(view.error, Boolean(error));
  show(view.note, Boolean(note));
  show(view.keep, canKeep);
  if (live !== null) setText(view.live, live);
}

/**
 * Shows the pictures, one of them large.
 * @param {Field} view
 * @param {ImageRef[]} pictures
 * @param {{ selected: number, most: number, isOwn: boolean }} state `isOwn`: a person added them here
 */
export function drawImages(view, pictures, { selected, most, isOwn }) {
  const picture = pictures[selected] ?? null;
  const isSeveral = pictures.length > 1;
  show(view.drop, !picture);
  show(view.image, Boolean(picture));
  show(view.tools, Boolean(picture));
  show(view.earlier, isSeveral);
  show(view.later, isSeveral);
  show(view.row, isSeveral);
  show(view.another, Boolean(picture));
  view.earlier.disabled = selected === 0;
  view.later.disabled = selected === pictures.length - 1;
  view.another.disabled = pictures.length >= most;
  setAttr(view.another, "title", pictures.length >= most ? `A question takes up to ${most} images.` : null);
  setText(view.label, isSeveral ? `Image ${selected + 1} of ${pictures.length}` : "Image");
  setText(view.choose.lastChild, !picture ? "Choose files" : isOwn || isSeveral ? "Replace" : "Your own picture");
  drawRow(view.row, isSeveral ? pictures : [], selected);
  if (!picture) {
    view.image.removeAttribute("src");
    return;
  }
  view.image.dataset.full = imageAddress(picture.sha);
  setAttr(view.image, "alt", isSeveral ? `Image ${selected + 1} of the question` : "The image of the question");
  setAttr(view.image, "width", picture.width);
  setAttr(view.image, "height", picture.height);
  setAttr(view.image, "src", imageAddress(picture.sha, EDGE));
}

/**
 * @param {HTMLElement} row
 * @param {ImageRef[]} pictures
 * @param {number} selected
 */
function drawRow(row, pictures, selected) {
  while (row.children.length > pictures.length) row.lastChild?.remove();
  for (const [index, { sha }] of pictures.entries()) {
    const button = row.children[index]?.firstElementChild ?? row.appendChild(el("li", {}, thumbnail(index))).firstChild;
    if (!(button instanceof Element)) continue;
    setAttr(button, "aria-pressed", String(index === selected));
    const image = button.querySelector("img");
    if (image) setAttr(image, "src", imageAddress(sha, SMALL_EDGE));
  }
}

/** @param {number} index */
function thumbnail(index) {
  return el(
    "button",
    { class: "vp-pic-thumb", type: "button", "data-index": index, "aria-label": `Image ${index + 1}` },
    el("img", { alt: "" }),
    el("span", { class: "vp-num", "aria-hidden": "true", text: String(index + 1) }),
  );
}
