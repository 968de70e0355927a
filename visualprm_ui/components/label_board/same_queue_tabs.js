// Which other tabs of this browser have the same queue open: one that is closed must not give back what another shows.
// A tab that ended without a word counts until this one is loaded again; leases run out by time then.

import { newUuid } from "../../assets/uuid.js";

/** @typedef {{ tab: string, says: "hello" | "here" | "bye" }} Message */

export class SameQueueTabs {
  #name;
  #tab = newUuid();
  /** @type {Set<string>} */
  #others = new Set();
  /** @type {BroadcastChannel | null} */
  #channel = null;

  /** @param {string} queue its id */
  constructor(queue) {
    this.#name = `vp-queue|${queue}`;
  }

  /** Whether no other tab has the queue open. */
  get isAlone() {
    return this.#others.size === 0;
  }

  /** Says that this tab is there, and asks who else is. */
  join() {
    if (this.#channel) return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#say("hello");
  }

  /** Says that this tab is left. */
  leave() {
    this.#say("bye");
    this.#channel?.close();
    this.#channel = null;
    this.#others.clear();
  }

  /** @param {Message} message */
  #hear({ tab, says }) {
    if (says === "bye") this.#others.delete(tab);
    else this.#others.add(tab);
    if (says === "hello") this.#say("here");
  }

  /** @param {Message["says"]} says */
  #say(says) {
    this.#channel?.postMessage({ tab: this.#tab, says });
  }
}
