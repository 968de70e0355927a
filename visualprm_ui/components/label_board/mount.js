// The label board, mounted by Gradio. Finds out who labels and which queue, opens the outbox and hands over to Board.
// One board lives at a time: mounting again (Gradio does that) closes the one before, with its document listeners.

import { load as loadMaths } from "../../assets/maths.js";
import { Outbox } from "../../assets/outbox.js";
import { call } from "../../assets/rest.js";
import { BoardController } from "./controller.js";
import { failureScreen, loadingScreen, queueListScreen } from "./placeholder_screens.js";
import { SessionMemory } from "./session_memory.js";

const SEND_TIMEOUT = 15_000; // milliseconds until a save without an answer counts as failed

let closeLast = () => {};

/** Gradio's hook. `props.value`: {"queue": id | null}; until the first value arrives, the page's address says it. */
export function mount({ element, props, watch }) {
  closeLast();
  const root = element.querySelector(".vp-root");
  const leaving = new AbortController();
  closeLast = () => leaving.abort();
  fillWindow(root, leaving.signal);
  loadMaths();
  let opened; // a queue's id, or null for the list
  let board = null;
  leaving.signal.addEventListener("abort", () => board?.close());
  const open = async () => {
    const wanted = props.value?.queue ?? new URLSearchParams(location.search).get("queue") ?? null;
    if (wanted === opened) return;
    opened = wanted;
    board?.close();
    board = null;
    root.replaceChildren(loadingScreen());
    try {
      const made = wanted === null ? queueListScreen((await call("api/queues")).queues) : await openBoard(wanted);
      if (wanted !== opened || leaving.signal.aborted) return made.close?.();
      if (wanted !== null) board = made;
      root.replaceChildren(made.node ?? made);
      await board?.start();
    } catch (error) {
      if (wanted === opened)
        root.replaceChildren(
          failureScreen(error, () => {
            opened = undefined;
            open();
          }),
        );
    }
  };
  watch("value", open);
  open();
}

async function openBoard(queue) {
  const root = new URL(".", document.baseURI).pathname;
  const { annotator, role } = await whoLabels(root);
  const local = browserStorage("localStorage");
  const outbox = new Outbox({
    root,
    annotator,
    send: sender(annotator),
    storage: local,
    locks: navigator.locks ?? null,
  });
  const memory = new SessionMemory(browserStorage("sessionStorage"), root, annotator);
  return new BoardController({ queue, outbox, memory, preferences: local, mayExport: role === "admin" });
}

/** {annotator, role} by the server; the last name known on this device while the server is away. */
async function whoLabels(root) {
  const key = `vp-annotator|${root}`;
  const local = browserStorage("localStorage");
  try {
    const { annotator, role } = await call("api/status");
    attempt(() => local?.setItem(key, annotator));
    return { annotator, role };
  } catch (error) {
    const known = attempt(() => local?.getItem(key));
    if (known) return { annotator: known, role: null };
    throw error;
  }
}

/** Sends one person's changes; the server refuses them while somebody else is signed in. */
const sender =
  (annotator) =>
  (events, { keepalive }) => {
    const body = { events, annotator };
    return call("api/events", { method: "POST", body, keepalive, signal: AbortSignal.timeout(SEND_TIMEOUT) }).catch(
      (error) => {
        // a timeout is an absent server, too
        if (error.name === "TimeoutError" || error.name === "AbortError")
          throw Object.assign(new Error("no answer in time"), { status: 0 });
        throw error;
      },
    );
  };

/** The browser's storage by name, or null where it is forbidden. */
function browserStorage(name) {
  return attempt(() => window[name]) ?? null;
}

function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Keeps the board below the app bar, whose height differs on a phone. */
function fillWindow(root, signal) {
  const bar = document.querySelector(".vp-host-app-bar");
  root.classList.add("vp-lb");
  if (!bar) return;
  const measure = () =>
    root.style.setProperty("--vp-lb-top", `${Math.max(0, bar.getBoundingClientRect().bottom + window.scrollY)}px`);
  const watcher = new ResizeObserver(measure);
  watcher.observe(bar);
  measure();
  signal.addEventListener("abort", () => watcher.disconnect());
}
