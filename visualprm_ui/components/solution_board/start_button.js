// The button that starts a run. No press of it is lost: it starts a run, or the button says why not. From a press until
// its run is on the board the button says "Starting…" and takes no other press.

import { setAttr, setText, targetOf } from "../../assets/dom.js";

const STARTING = "Starting…";
const USUAL = "Sample & score";

/**
 * The document listeners of the mounted board: Gradio mounts again after hiding a component.
 * @type {AbortController | null}
 */
let listening = null;

/**
 * Watches the button; returns what ends "Starting…": a new run is on the board, or Python could start none.
 * @param {() => boolean} isRunLive whether the run on the board goes on
 */
export function watchStartButton(isRunLive) {
  let isStarting = false;
  const say = (/** @type {boolean} */ starting) => {
    const button = document.getElementById("vp-sample");
    if (!button || starting === isStarting) return;
    isStarting = starting;
    setAttr(button, "aria-disabled", starting ? "true" : null); // disabled would take the focus from it
    const isText = (/** @type {ChildNode} */ node) => node instanceof Text && node.data.trim() !== "";
    const text = [...button.childNodes].find(isText); // it stands among comments of Gradio's
    setText(text ?? null, starting ? STARTING : USUAL);
  };
  listening?.abort();
  listening = new AbortController();
  const options = { signal: listening.signal, capture: true }; // before Gradio
  document.addEventListener(
    "click",
    (event) => {
      if (!targetOf(event)?.closest("#vp-sample") || event.defaultPrevented) return;
      const isSecondHalf = event.detail > 1 && isRunLive(); // of a double click, which is one press
      if (isStarting || isSecondHalf) {
        event.preventDefault();
        event.stopPropagation();
      } else if (hasQuestion()) say(true); // else Gradio's check of the field answers, of which nothing tells us
    },
    options,
  );
  document.addEventListener("keydown", (event) => pressByKey(event), options);
  return () => say(false);
}

function hasQuestion() {
  const field = document.querySelector("#vp-question textarea");
  return field instanceof HTMLTextAreaElement && field.value.trim() !== "";
}

/**
 * Ctrl+Enter anywhere on the page, or Shift+Enter in the question, is a press of the button. A key held down is one.
 * @param {KeyboardEvent} event
 */
function pressByKey(event) {
  const target = targetOf(event);
  if (event.key !== "Enter" || target?.closest("dialog, .vp-edit")) return; // those have their own
  const isShortcut = event.ctrlKey || event.metaKey || (event.shiftKey && target?.closest("#vp-question"));
  const isHeld = event.repeat && (isShortcut || target?.closest("#vp-sample"));
  if (!isShortcut && !isHeld) return;
  event.preventDefault();
  event.stopPropagation();
  if (isHeld) return;
  // a number is taken over by Gradio when its field is left
  if (target instanceof HTMLInputElement) target.dispatchEvent(new Event("blur"));
  requestAnimationFrame(() => document.getElementById("vp-sample")?.click());
}
