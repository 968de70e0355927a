// The image field: file button, drop anywhere on the page, paste, preview, enlarge, clear. Bytes go to api/images, the value keeps the hash.
// An error is said inside the field and the previous image stays. While one is on its way no run starts, and a problem that is chosen
// meanwhile stops it: its question and answer are another picture's.

import { el, setAttr, setText, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { imageAddress, upload } from "../../assets/rest.js";

let listening = null; // the document listeners of the mounted field: Gradio mounts again after hiding a component

/** The first image file of a clipboard or drop, else its first file, else null. `items` is a FileList or array of {type}. */
export function firstImage(items) {
  const files = Array.from(items ?? []);
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null;
}

/** Why a file is refused before it is sent, or null. The server looks at the bytes; this only saves the way there. */
export function refusal(file, maxBytes) {
  if (file.size === 0) return `${file.name || "This file"} is empty.`;
  if (maxBytes && file.size > maxBytes) {
    return `This file has ${megabytes(file.size)} MB; images may have up to ${megabytes(maxBytes)} MB.`;
  }
  if (file.type && !file.type.startsWith("image/"))
    return `${file.name || "This file"} is not an image. PNG, JPEG and WebP work.`;
  return null;
}

function megabytes(bytes) {
  return (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0).replace(/\.0$/, "");
}

/** True where typing belongs to the field: a paste of text there is not ours. */
export function isTextField(node) {
  return (
    Boolean(node?.isContentEditable) ||
    node?.tagName === "TEXTAREA" ||
    (node?.tagName === "INPUT" &&
      !["button", "checkbox", "radio", "range", "file", "submit", "reset", "color"].includes(node.type))
  );
}

export function mount({ element, props, trigger, watch }) {
  const view = build();
  element.querySelector(".vp-root").replaceChildren(view.node);
  let sending = null;
  let shown = null;

  const draw = () => {
    const value = props.value ?? null;
    if (value?.sha === shown && value) return;
    shown = value?.sha ?? null;
    drawImage(
      view,
      value
        ? { src: imageAddress(value.sha, 720), full: imageAddress(value.sha), width: value.width, height: value.height }
        : null,
    );
  };

  const choose = (value, notice) => {
    props.value = value;
    showMessage(view, { note: notice ?? "" });
    draw();
    trigger("picked", value);
  };

  const send = async (file) => {
    if (!file) return;
    const reason = refusal(file, props.max_bytes);
    if (reason) return showMessage(view, { error: reason });
    sending?.abort();
    const controller = new AbortController();
    sending = controller;
    setBusy(view, true);
    showMessage(view, { live: "Uploading the image" });
    try {
      const { sha, width, height, notice } = await upload(
        "api/images",
        file,
        (part) => setAttr(view.progress, "value", part),
        controller.signal,
      );
      choose({ sha, width, height }, notice);
      showMessage(view, { note: notice ?? "", live: `Image added, ${width} by ${height} pixels` });
    } catch (error) {
      if (error.name !== "AbortError") showMessage(view, { error: error.message });
    } finally {
      if (sending === controller) cancelUpload();
    }
  };

  const cancelUpload = () => {
    if (!sending) return;
    sending.abort(); // nothing happens where it is there already
    sending = null;
    setBusy(view, false);
  };

  const clear = () => {
    cancelUpload();
    choose(null);
    showMessage(view, { live: "Image removed" });
    view.choose.focus();
  };

  wire(view, { send, clear, cancelUpload });
  watch("value", () => {
    cancelUpload();
    showMessage(view, {});
    draw();
  });
  draw();
}

function build() {
  const image = el("img", { class: "vp-pic-image", alt: "The image of the question", hidden: true });
  const drop = el(
    "button",
    { class: "vp-pic-drop", type: "button" },
    icon("image", 22),
    el("span", {}, el("b", { text: "Add an image" }), el("br"), "drop, paste or choose a file"),
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

function tool(name, label) {
  return el(
    "button",
    { class: "vp-btn vp-btn-quiet vp-pic-tool", type: "button", "aria-label": label, title: label },
    icon(name),
  );
}

function wire(view, { send, clear, cancelUpload }) {
  const pick = () => view.input.click();
  view.drop.addEventListener("click", pick);
  view.choose.addEventListener("click", pick);
  view.input.addEventListener("change", () => {
    send(view.input.files[0]);
    view.input.value = ""; // the same file can be chosen again after an error
  });
  view.clear.addEventListener("click", clear);
  const enlarge = () => {
    view.full.src = view.image.dataset.full;
    view.dialog.showModal();
  };
  view.enlarge.addEventListener("click", enlarge);
  view.image.addEventListener("click", enlarge);
  view.close.addEventListener("click", () => view.dialog.close());
  view.dialog.addEventListener("click", (event) => {
    if (event.target === view.dialog) view.dialog.close();
  });
  view.image.addEventListener("error", () => {
    if (view.image.getAttribute("src")) showMessage(view, { error: "The image could not be shown. Add it again." });
  });
  view.paste.addEventListener("click", () => pasteFromButton(view, send));
  listening?.abort();
  listening = new AbortController();
  wireDocument(view, send, listening.signal);
  blockRuns(view, listening.signal);
  window.addEventListener("vp-problem", cancelUpload, { signal: listening.signal }); // its picture may be the one shown, which Gradio calls no change
}

/** Keeps a run from starting with the image before the one that is on its way: by its button, or by Shift+Enter in the question. */
function blockRuns(view, signal) {
  const block = (event) => {
    if (
      !view.node.hasAttribute("aria-busy") ||
      !event.target.closest?.(event.type === "click" ? "#vp-sample" : "#vp-question")
    )
      return;
    if (event.type === "keydown" && !(event.key === "Enter" && event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    const text = "The image is still on its way. Wait for it, then press Sample & score.";
    showMessage(view, { note: text, live: text });
  };
  for (const type of ["click", "keydown"]) document.addEventListener(type, block, { signal, capture: true }); // before Gradio
}

function wireDocument(view, send, signal) {
  document.addEventListener(
    "paste",
    (event) => {
      const data = event.clipboardData;
      if (!data?.files.length) return;
      if (isTextField(event.target) && data.types.includes("text/plain")) return; // text copied with a picture of itself: the text is meant
      event.preventDefault();
      send(firstImage(data.files));
    },
    { signal },
  );

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // dragenter and dragleave come for every child
  const over = (on) => view.node.classList.toggle("vp-pic-over", on);
  document.addEventListener(
    "dragenter",
    (event) => {
      if (!carriesFiles(event)) return;
      depth += 1;
      over(true);
    },
    { signal },
  );
  document.addEventListener(
    "dragleave",
    (event) => {
      if (!carriesFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (!depth) over(false);
    },
    { signal },
  );
  document.addEventListener(
    "dragover",
    (event) => {
      if (carriesFiles(event)) event.preventDefault(); // else the browser would leave the page for the file
    },
    { signal },
  );
  document.addEventListener(
    "drop",
    (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      over(false);
      send(firstImage(event.dataTransfer.files));
    },
    { signal },
  );
}

async function pasteFromButton(view, send) {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((name) => name.startsWith("image/"));
      if (type) return send(new File([await item.getType(type)], "pasted image", { type }));
    }
    showMessage(view, { error: "There is no image on the clipboard. Copy one, then try again." });
  } catch {
    showMessage(view, { note: "Press Ctrl+V (⌘V on a Mac) anywhere on this page to paste an image." }); // the browser keeps the clipboard to itself
  }
}

function setBusy(view, on) {
  setAttr(view.node, "aria-busy", on ? "true" : null);
  view.progress.removeAttribute("value");
  show(view.progress, on);
  const sample = document.getElementById("vp-sample");
  if (sample) setAttr(sample, "aria-disabled", on ? "true" : null); // disabled would take the focus from it
}

function showMessage(view, { error = "", note = "", live = null }) {
  setText(view.error, error);
  setText(view.note, note);
  show(view.error, Boolean(error));
  show(view.note, Boolean(note));
  if (live !== null) setText(view.live, live);
}

function drawImage(view, image) {
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
