// The place where a file is dropped or chosen. Knows nothing of what becomes of it.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { archiveOf, chosenFolder, droppedFolder } from "./folder_archive.js";

/** @import { FolderFile } from "./folder_archive.js" */

const TITLE = "Drop a file or a folder here";
const ACCEPT = ".zip,.tar,.jsonl,.json,.csv,.parquet";
const HINT = "A folder or zip of rows with their pictures, or JSONL, JSON, CSV or Parquet";
const EMPTY = "There is no file in this folder.";

/**
 * Returns the place, and what can be done with it.
 * @param {(file: File) => void} send
 * @param {(name: string) => void} fetchHub told the name of a data set of the model hub
 * @param {{ title?: string, hint?: string }} [words] what is said of the place
 */
export function fileDrop(send, fetchHub, { title = TITLE, hint = HINT } = {}) {
  const input = el("input", { type: "file", accept: ACCEPT, class: "vp-hidden", "aria-label": "File", tabindex: "-1" });
  const folder = el("input", { type: "file", class: "vp-hidden", "aria-label": "Folder", tabindex: "-1" });
  folder.webkitdirectory = true;
  const name = el("b", { dir: "auto", text: title });
  const note = el("span", { text: hint });
  const button = el("button", { type: "button", class: "vp-btn", text: "Choose a file" });
  const folderButton = el("button", { type: "button", class: "vp-btn", text: "Choose a folder" });
  const sendFolder = (/** @type {FolderFile[]} */ files) => {
    if (files.length) send(archiveOf(files));
    else setText(note, EMPTY);
  };
  button.addEventListener("click", () => input.click());
  folderButton.addEventListener("click", () => folder.click());
  folder.addEventListener("change", () => {
    if (folder.files) sendFolder(chosenFolder(folder.files));
    folder.value = "";
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) send(file);
    input.value = "";
  });
  const node = el(
    "div",
    { class: "vp-import-drop" },
    icon("upload", 20),
    el("div", {}, name, note),
    input,
    folder,
    el("span", { class: "vp-button-row" }, button, folderButton),
    hubForm(fetchHub),
  );
  const over = (/** @type {boolean} */ isOver) => node.toggleAttribute("data-over", isOver);
  node.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  node.addEventListener("dragleave", () => over(false));
  node.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(false);
    const file = event.dataTransfer?.files[0]; // before anything is awaited
    const files = event.dataTransfer ? await droppedFolder(event.dataTransfer) : null;
    if (files) sendFolder(files);
    else if (file) send(file);
  });
  return {
    node,
    focus: () => button.focus(),
    enable: () => {
      for (const each of node.querySelectorAll("input")) each.removeAttribute("disabled");
    },
    name: (/** @type {string} */ text) => {
      setText(name, text);
      setText(note, HINT);
      setText(button, "Another file");
    },
    describe: (/** @type {string} */ text) => setText(note, text),
  };
}

/** @param {(name: string) => void} fetchHub */
function hubForm(fetchHub) {
  const name = el("input", { type: "text", maxlength: "200", placeholder: "OWNER/NAME" });
  const form = el(
    "form",
    { class: "vp-import-hub" },
    el("label", {}, el("span", { text: "Or a data set of the model hub" }), name),
    el("button", { class: "vp-btn", text: "Fetch" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (name.value.trim()) fetchHub(name.value.trim());
  });
  return form;
}
