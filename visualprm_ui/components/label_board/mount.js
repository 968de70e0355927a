// The label board, mounted by Gradio. Finds out who labels and which queue, opens the outbox and starts the controller.
// One board lives at a time: mounting again (Gradio does that) closes the one before, with its document listeners.

import { rootOf } from "../../assets/dom.js";
import { load as loadMaths } from "../../assets/maths.js";
import { Outbox } from "../../assets/outbox.js";
import { call, errorText, remedyOf } from "../../assets/rest.js";
import { BoardController } from "./controller.js";
import { fillWindow } from "./fill_window.js";
import { failureScreen, loadingScreen, queueListScreen } from "./placeholder_screens.js";
import { SessionMemory } from "./session_memory.js";

/** @import { QueueList, Role, Status } from "../../assets/api.d.ts" */
/** @import { Send } from "../../assets/outbox_sender.js" */

const SEND_TIMEOUT = 15_000; // milliseconds until a save without an answer counts as failed

let closeLast = () => {};

/**
 * Gradio's hook. Until the first value arrives, the page's address names the queue.
 * @param {MountContext<{ value?: { queue: string | null } | null }>} context
 */
export function mount({ element, props, watch }) {
  closeLast();
  const root = rootOf(element);
  const leaving = new AbortController();
  closeLast = () => leaving.abort();
  fillWindow(root, leaving.signal);
  loadMaths();
  /** @type {string | null | undefined} */
  let opened; // a queue's id, or null for the list
  /** @type {BoardController | null} */
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
      const made = wanted === null ? null : await openBoard(wanted);
      const node = made?.node ?? (await queueList());
      if (wanted !== opened || leaving.signal.aborted) {
        made?.close();
        return;
      }
      board = made;
      root.replaceChildren(node);
      await made?.start();
    } catch (error) {
      if (wanted !== opened) return;
      const retry = () => {
        opened = undefined;
        open();
      };
      root.replaceChildren(failureScreen({ message: errorText(error), remedy: remedyOf(error) }, retry));
    }
  };
  watch("value", open);
  open();
}

async function queueList() {
  /** @type {QueueList} */
  const { queues } = await call("api/queues");
  /** @type {Status | null} */
  const status = queues.length > 0 ? null : await call("api/status");
  return queueListScreen(queues, status?.role === "admin");
}

/** @param {string} queue its id */
async function openBoard(queue) {
  const root = new URL(".", document.baseURI).pathname;
  const { annotator, role, kind } = await currentAnnotator(root);
  const local = browserStorage("localStorage");
  const locks = navigator.locks ?? null;
  const outbox = new Outbox({ root, annotator, send: sendAs(annotator), storage: local, locks });
  const memory = new SessionMemory(browserStorage("sessionStorage"), root, annotator);
  const reader = kind === null ? null : annotator; // null: the server cannot be reached, and the guideline not be read
  return new BoardController({ queue, outbox, memory, preferences: local, mayExport: role === "admin", reader });
}

/**
 * Returns who labels, by the server; the last name known on this device while the server cannot be reached.
 * @param {string} root
 * @returns {Promise<{ annotator: string, role: Role | null, kind: Status["kind"] | null }>}
 */
async function currentAnnotator(root) {
  const key = `vp-annotator|${root}`;
  const local = browserStorage("localStorage");
  try {
    /** @type {Status} */
    const { annotator, role, kind } = await call("api/status");
    attempt(() => local?.setItem(key, annotator));
    return { annotator, role, kind };
  } catch (error) {
    const known = attempt(() => local?.getItem(key));
    if (known) return { annotator: known, role: null, kind: null };
    throw error;
  }
}

/**
 * Returns what sends one person's changes; the server refuses them while somebody else is signed in.
 * @param {string} annotator
 * @returns {Send}
 */
function sendAs(annotator) {
  return async (events, { keepalive }) => {
    const signal = AbortSignal.timeout(SEND_TIMEOUT);
    try {
      return await call("api/events", { method: "POST", body: { events, annotator }, keepalive, signal });
    } catch (error) {
      // a timeout means an absent server, too
      const isTimeout = error instanceof Error && ["TimeoutError", "AbortError"].includes(error.name);
      throw isTimeout ? Object.assign(new Error("no answer in time"), { status: 0 }) : error;
    }
  };
}

/**
 * Returns a storage of the browser, or null where it is forbidden.
 * @param {"localStorage" | "sessionStorage"} name
 * @returns {Storage | null}
 */
function browserStorage(name) {
  return attempt(() => window[name]) ?? null;
}

/**
 * Returns what `work` returns; undefined where it throws.
 * @template T
 * @param {() => T} work
 */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
