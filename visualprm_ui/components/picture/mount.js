// The image field: file button, drop anywhere on the page, paste; preview, order, enlarge, clear. Bytes go to
// api/images, the value keeps the hashes. An error is shown inside the field and the images before it stay. During an
// upload no run starts, and a problem that is chosen meanwhile cancels it: its question and answer belong to another
// picture.

import { rootOf, setAttr, targetOf } from "../../assets/dom.js";
import { errorText, upload } from "../../assets/rest.js";
import { buildField, drawImages, setBusy, showMessage } from "./field.js";
import { clipboardImage, listenForFiles } from "./file_input.js";
import { move, place, remove, room } from "./pictures.js";

/** @import { Field } from "./field.js" */
/** @import { Arrival } from "./pictures.js" */

/**
 * @typedef {{ value?: ImageRef[] | null, max_bytes: number, most: number }} PictureProps
 * @typedef {object} Actions
 * @property {(files: File[], arrival: Arrival) => void} send uploads files
 * @property {(index: number) => void} select
 * @property {(by: -1 | 1) => void} shift
 * @property {() => void} clear removes the picture that is looked at
 * @property {() => void} keep keeps what was replaced
 * @property {() => void} cancelUpload
 */

/** @import { ImageRef, UploadedImage } from "../../assets/api.d.ts" */

/**
 * The document listeners of the mounted field: Gradio mounts again after hiding a component.
 * @type {AbortController | null}
 */
let listening = null;

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
  let selected = 0;
  let isOwn = false;
  let shown = ""; // the hashes of the images on screen
  /** @type {ImageRef[]} */
  let replaced = [];

  const pictures = () => props.value ?? [];
  const draw = () => {
    selected = Math.max(0, Math.min(selected, pictures().length - 1));
    drawImages(view, pictures(), { selected, most: props.most, isOwn });
    const hashes = pictures()
      .map(({ sha }) => sha)
      .join();
    if (hashes === shown) return;
    shown = hashes;
    trigger("changed");
  };
  /** @param {{ pictures: ImageRef[], selected: number }} next */
  const take = (next) => {
    props.value = next.pictures;
    selected = next.selected;
    draw();
  };

  /**
   * @param {File[]} files
   * @param {Arrival} arrival
   */
  const send = async (files, arrival) => {
    if (!files.length) return;
    const takes = files.slice(0, room(pictures().length, arrival, props.most));
    const errors = takes.length < files.length ? [`A question takes up to ${props.most} images.`] : [];
    sending?.abort();
    const controller = new AbortController();
    sending = controller;
    setBusy(view, true);
    showMessage(view, { live: takes.length > 1 ? `Uploading ${takes.length} images` : "Uploading the image" });
    /** @type {UploadedImage[]} */
    const come = [];
    for (const [index, file] of takes.entries()) {
      try {
        const onProgress = (/** @type {number} */ part) =>
          setAttr(view.progress, "value", (index + part) / takes.length);
        come.push(await uploadFile(file, props.max_bytes, onProgress, controller.signal));
      } catch (error) {
        if (controller.signal.aborted) return;
        errors.push(errorText(error));
      }
    }
    cancelUpload();
    arrive(come, arrival, errors.join(" "));
  };

  /**
   * @param {UploadedImage[]} come
   * @param {Arrival} arrival
   * @param {string} error
   */
  const arrive = (come, arrival, error) => {
    if (!come.length) return showMessage(view, { error });
    const placed = place(
      pictures(),
      selected,
      come.map(({ sha, width, height }) => ({ sha, width, height })),
      arrival,
    );
    isOwn = true;
    replaced = placed.replaced;
    take(placed);
    const canKeep = arrival === "arrive" && replaced.length > 0 && pictures().length < props.most;
    const note = come.flatMap(({ notice }) => notice ?? []).join(" ");
    const [{ width, height }] = come;
    const live = come.length > 1 ? `${come.length} images added` : `Image added, ${width} by ${height} pixels`;
    showMessage(view, { error, note, live, canKeep });
  };

  const cancelUpload = () => {
    if (!sending) return;
    sending.abort(); // nothing happens where it is there already
    sending = null;
    setBusy(view, false);
  };

  wire(view, {
    send,
    cancelUpload,
    select: (index) => take({ pictures: pictures(), selected: index }),
    shift: (by) => {
      take(move(pictures(), selected, by));
      showMessage(view, { live: `Now image ${selected + 1} of ${pictures().length}` });
      const button = by < 0 ? view.earlier : view.later;
      (button.disabled ? (by < 0 ? view.later : view.earlier) : button).focus();
    },
    clear: () => {
      cancelUpload();
      take(remove(pictures(), selected));
      showMessage(view, { live: "Image removed" });
      (pictures().length ? view.clear : view.choose).focus();
    },
    keep: () => {
      take({ pictures: [...replaced, ...pictures()], selected: replaced.length });
      showMessage(view, { live: `${pictures().length} images` });
      view.row.querySelector("button")?.focus();
    },
  });
  watch("value", () => {
    cancelUpload();
    showMessage(view, {});
    isOwn = false;
    selected = 0;
    draw();
  });
  draw();
}

/**
 * Sends one file. Throws where it is refused, here or by the server.
 * @param {File} file
 * @param {number} maxBytes
 * @param {(part: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<UploadedImage>}
 */
async function uploadFile(file, maxBytes, onProgress, signal) {
  const reason = refusal(file, maxBytes);
  if (reason) throw new Error(reason);
  return upload("api/images", file, onProgress, signal);
}

/**
 * @param {Field} view
 * @param {Actions} actions
 */
function wire(view, { send, select, shift, clear, keep, cancelUpload }) {
  /** @type {Arrival} */
  let arrival = "replace";
  const pick = (/** @type {Arrival} */ wanted) => {
    arrival = wanted;
    view.input.click();
  };
  view.drop.addEventListener("click", () => pick("replace"));
  view.choose.addEventListener("click", () => pick("replace"));
  view.another.addEventListener("click", () => pick("add"));
  view.input.addEventListener("change", () => {
    send([...(view.input.files ?? [])], arrival);
    view.input.value = ""; // the same file can be chosen again after an error
  });
  view.row.addEventListener("click", (event) => {
    const index = targetOf(event)?.closest("button")?.dataset.index;
    if (index !== undefined) select(Number(index));
  });
  view.earlier.addEventListener("click", () => shift(-1));
  view.later.addEventListener("click", () => shift(1));
  view.clear.addEventListener("click", clear);
  view.keep.addEventListener("click", keep);
  const enlarge = () => {
    view.full.src = view.image.dataset.full ?? "";
    view.full.alt = `${view.image.alt}, enlarged`;
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
  const { signal } = listening;
  const over = (/** @type {boolean} */ on) => view.node.classList.toggle("vp-pic-over", on);
  listenForFiles(over, (files) => send(files, "arrive"), signal);
  blockRuns(view, signal);
  // the new problem's picture may be the one shown, which is no change of the value
  window.addEventListener("vp-problem", cancelUpload, { signal });
  window.addEventListener(
    "vp-form",
    async ({ detail }) => (await import("./examination.js")).examineSoon(view.node, detail),
    { signal },
  );
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
    const text = "The image is still being uploaded. Wait for it, then press Sample & score.";
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
    if (file) send([file], "arrive");
    else showMessage(view, { error: "There is no image on the clipboard. Copy one, then try again." });
  } catch {
    // the browser keeps the clipboard to itself
    showMessage(view, { note: "Press Ctrl+V (⌘V on a Mac) anywhere on this page to paste an image." });
  }
}
