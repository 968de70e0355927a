// The image field's nodes: preview, buttons, progress, messages, the enlarged view.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";

/** @import { IconName } from "../../assets/icons.js" */

/** @typedef {ReturnType<typeof buildField>} Field */

/** Builds the field. */
export function buildField() {
  const image = el("img", { class: "vp-pic-image", alt: "The image of the question", hidden: true });
  const drop = el(
    "button",
    { class: "vp-pic-drop", type: "button" },
    icon("image", 22),
    el(
      "span",
      {},
      el("b", { text: "Add an image" }),
      el("br"),
      "drop, paste or choose a file;",
      el("br"),
      "or ask without one",
    ),
  );
  const enlarge = tool("expand", "Enlarge the image");
  const clear = tool("cross", "Remove the image");
  const tools = el("div", { class: "vp-pic-tools", hidden: true }, enlarge, clear);
  const choose = el(
    "button",
    { class: "vp-btn vp-btn-quiet", type: "button" },
    icon("upload"),
    el("span", { text: "Choose a file" }),
  );
  const paste = el(
    "button",
    { class: "vp-btn vp-btn-quiet", type: "button" },
    icon("clipboard"),
    el("span", { text: "Paste" }),
  );
  const input = el("input", {
    type: "file",
    accept: "image/*",
    hidden: true,
    tabindex: "-1",
    "aria-label": "Image file",
  });
  const progress = el("progress", { class: "vp-pic-progress", max: 1, "aria-label": "Upload", hidden: true });
  const error = el("p", { class: "vp-pic-error", role: "alert", hidden: true });
  const note = el("p", { class: "vp-pic-note", hidden: true });
  const live = el("p", { class: "vp-hidden", role: "status" });
  const full = el("img", { alt: "The image of the question, enlarged" });
  const close = el("button", { class: "vp-btn", type: "button" }, icon("cross"), el("span", { text: "Close" }));
  const dialog = el("dialog", { class: "vp-dialog", "aria-label": "Image" }, full, close);
  const stage = el("div", { class: "vp-pic-stage" }, drop, image, progress);
  const node = el(
    "section",
    { class: "vp-card vp-pic", "aria-label": "Image" },
    el("div", { class: "vp-pic-head" }, el("span", { class: "vp-label" }, icon("image", 13), " Image"), tools),
    stage,
    el("div", { class: "vp-pic-actions" }, choose, paste, input),
    error,
    note,
    live,
    dialog,
  );
  return {
    node,
    stage,
    image,
    drop,
    tools,
    enlarge,
    clear,
    choose,
    paste,
    input,
    progress,
    error,
    note,
    live,
    dialog,
    full,
    close,
  };
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
 * Shows an error or a note; `live` is for screen readers only.
 * @param {Field} view
 * @param {{ error?: string, note?: string, live?: string | null }} message
 */
export function showMessage(view, { error = "", note = "", live = null }) {
  setText(view.error, error);
  setText(view.note, note);
  show(view.error, Boolean(error));
  show(view.note, Boolean(note));
  if (live !== null) setText(view.live, live);
}

/**
 * @param {Field} view
 * @param {{ src: string, full: string, width: number, height: number } | null} image
 */
export function drawImage(view, image) {
  show(view.drop, !image);
  show(view.image, Boolean(image));
  show(view.tools, Boolean(image));
  setText(view.choose.lastChild, image ? "Replace" : "Choose a file");
  if (!image) {
    view.image.removeAttribute("src");
    return;
  }
  view.image.dataset.full = image.full;
  setAttr(view.image, "width", image.width);
  setAttr(view.image, "height", image.height);
  view.image.src = image.src;
}
