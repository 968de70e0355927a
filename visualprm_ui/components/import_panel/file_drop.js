// The place where a file is dropped or chosen. Knows nothing of what becomes of it.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";

const ACCEPT = ".zip,.jsonl,.json,.csv,.parquet";
const HINT = "A zip of rows with the folder of their pictures, or JSONL, JSON, CSV or Parquet";

/**
 * Returns the place, and what can be done with it.
 * @param {(file: File) => void} send
 * @param {(name: string) => void} fetchHub told the name of a data set of the model hub
 */
export function fileDrop(send, fetchHub) {
  const input = el("input", { type: "file", accept: ACCEPT, class: "vp-hidden", "aria-label": "File", tabindex: "-1" });
  const name = el("b", { dir: "auto", text: "Drop a file here" });
  const note = el("span", { text: HINT });
  const button = el("button", { type: "button", class: "vp-btn", text: "Choose a file" });
  button.addEventListener("click", () => input.click());
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
    button,
    hubForm(fetchHub),
  );
  const over = (/** @type {boolean} */ isOver) => node.toggleAttribute("data-over", isOver);
  node.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  node.addEventListener("dragleave", () => over(false));
  node.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const file = event.dataTransfer?.files[0];
    if (file) send(file);
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
  const name = el("input", {
    type: "text",
    id: "vp-import-hub",
    maxlength: "200",
    placeholder: "or OWNER/NAME of the model hub",
    "aria-label": "Data set of the model hub",
  });
  const form = el("form", { class: "vp-import-hub" }, name, el("button", { class: "vp-btn", text: "Fetch" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (name.value.trim()) fetchHub(name.value.trim());
  });
  return form;
}
