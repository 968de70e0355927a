// The image field: file button, drop anywhere on the page, paste, preview, enlarge, clear. Bytes go to api/images, the
// value keeps the hash. An error is shown inside the field and the previous image stays. During an upload no run
// starts, and a problem that is chosen meanwhile cancels it: its question and answer belong to another picture.

import { rootOf, setAttr, targetOf } from "../../assets/dom.js";
import { errorText, imageAddress, upload } from "../../assets/rest.js";
import { buildField, drawImage, setBusy, showMessage } from "./field.js";
import { clipboardImage, listenForFiles } from "./file_input.js";

/** @import { Field } from "./field.js" */

/**
 * @typedef {{ value?: ImageRef | null, max_bytes: number }} PictureProps
 * @typedef {object} Actions
 * @property {(file: File | null | undefined) => void} send uploads a file
 * @property {() => void} clear
 * @property {() => void} cancelUpload
 */

/** @import { ImageRef, UploadedImage } from "../../assets/api.d.ts" */

/**
 * The document listeners of the mounted field: Gradio mounts again after hiding a component.
 * @type {AbortController | null}
 */
let listening = null;

const EDGE = 480; // pixels: shown at up to 346 by 150

/**
 * Says why a file is refused before it is sent, or null. The server looks at the bytes; this only saves the upload.
 * @param {{ name: string, size: number, type: string }} file
 * @param {number} maxBytes
 */
export function refusal(file, maxBytes) {
  if (file.size === 0) return `${file.name || "This file"} is empty.`;
  if (maxBytes && file.size > maxBytes) {
    return `This file has ${megabytes(file.size)} MB; images may have up to ${megabytes(maxBytes)} MB.`;
  }
  if (file.type && !file.type.startsWith("image/"))
    return `${file.name || "This file"} is not an image. PNG, JPEG and WebP work.`;
  return null;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0).replace(/\.0$/, "");
}

/**
 * Gradio's hook.
 * @param {MountContext<PictureProps>} context
 */
export function mount({ element, props, trigger, watch }) {
  const view = buildField();
  rootOf(element).replaceChildren(view.node);
  /** @type {AbortController | null} */
  let sending = null;
  /** @type {string | null} */
  let shown = null; // the hash of the image on screen

  const draw = () => {
    const value = props.value ?? null;
    if (value?.sha === shown && value) return;
    const isOther = (value?.sha ?? null) !== shown;
    shown = value?.sha ?? null;
    drawImage(
      view,
      value
        ? {
            src: imageAddress(value.sha, EDGE),
            full: imageAddress(value.sha),
            width: value.width,
            height: value.height,
          }
        : null,
    );
    if (isOther) trigger("changed");
  };

  /**
   * @param {ImageRef | null} value
   * @param {string | null} [notice]
   */
  const choose = (value, notice) => {
    props.value = value;
    showMessage(view, { note: notice ?? "" });
    draw();
  };

  /** @param {File | null | undefined} file */
  const send = async (file) => {
    if (!file) return;
    const reason = refusal(file, props.max_bytes);
    if (reason) {
      showMessage(view, { error: reason });
      return;
    }
    sending?.abort();
    const controller = new AbortController();
    sending = controller;
    setBusy(view, true);
    showMessage(view, { live: "Uploading the image" });
    try {
      const onProgress = (/** @type {number} */ part) => setAttr(view.progress, "value", part);
      /** @type {UploadedImage} */
      const { sha, width, height, notice } = await upload("api/images", file, onProgress, controller.signal);
      choose({ sha, width, height }, notice);
      showMessage(view, { note: notice ?? "", live: `Image added, ${width} by ${height} pixels` });
    } catch (error) {
      if (!(error instanceof Error && error.name === "AbortError")) showMessage(view, { error: errorText(error) });
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

/**
 * @param {Field} view
 * @param {Actions} actions
 */
function wire(view, { send, clear, cancelUpload }) {
  const pick = () => view.input.click();
  view.drop.addEventListener("click", pick);
  view.choose.addEventListener("click", pick);
  view.input.addEventListener("change", () => {
    send(view.input.files?.[0]);
    view.input.value = ""; // the same file can be chosen again after an error
  });
  view.clear.addEventListener("click", clear);
  const enlarge = () => {
    view.full.src = view.image.dataset.full ?? "";
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
  view.paste.addEventListener("click", () => paste(view, send));
  listening?.abort();
  listening = new AbortController();
  const over = (/** @type {boolean} */ on) => view.node.classList.toggle("vp-pic-over", on);
  listenForFiles(over, send, listening.signal);
  blockRuns(view, listening.signal);
  // the new problem's picture may be the one shown, which is no change of the value
  window.addEventListener("vp-problem", cancelUpload, { signal: listening.signal });
}

/**
 * Blocks a run from starting with the previous image while another one is being uploaded.
 * @param {Field} view
 * @param {AbortSignal} signal
 */
function blockRuns(view, signal) {
  const block = (/** @type {Event} */ event) => {
    if (!view.node.hasAttribute("aria-busy") || !targetOf(event)?.closest("#vp-sample")) return;
    event.preventDefault();
    event.stopPropagation();
    const text = "The image is still on its way. Wait for it, then press Sample & score.";
    showMessage(view, { note: text, live: text });
  };
  // before Gradio, and before the button says that a run starts
  window.addEventListener("click", block, { signal, capture: true });
}

/**
 * @param {Field} view
 * @param {Actions["send"]} send
 */
async function paste(view, send) {
  try {
    const file = await clipboardImage();
    if (file) send(file);
    else showMessage(view, { error: "There is no image on the clipboard. Copy one, then try again." });
  } catch {
    // the browser keeps the clipboard to itself
    showMessage(view, { note: "Press Ctrl+V (⌘V on a Mac) anywhere on this page to paste an image." });
  }
}
