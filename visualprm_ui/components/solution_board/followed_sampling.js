// The runs of independent solutions that were begun beside guided searches, and how far each is. No DOM: the board says
// which search it shows, and only that one's run is followed; the others go on by themselves.

import { errorText, isRefusal } from "../../assets/rest.js";
import { isLive } from "./run_facts.js";

/** @import { RunView } from "../../assets/api.d.ts" */

/**
 * @typedef {object} Asked how a run is begun, looked at, and waited for between two looks
 * @property {(search: RunView) => Promise<{ run: string }>} begin
 * @property {(run: string) => Promise<RunView>} look
 * @property {() => Promise<unknown>} wait
 */

/** @typedef {{ run: string, said: string, isBusy: boolean, isFollowed: boolean }} Following run "": not begun yet */

export class FollowedSampling {
  /** @type {Map<string, Following>} by search */
  #of = new Map();
  #shown = "";
  #asked;
  #changed;
  #ended;

  /**
   * @param {Asked} asked
   * @param {() => void} changed called whenever something can be said anew of the shown search
   * @param {(search: string) => void} ended called when the run of the shown search has come to an end
   */
  constructor(asked, changed, ended) {
    this.#asked = asked;
    this.#changed = changed;
    this.#ended = ended;
  }

  /**
   * What is said of a search's run, and whether it is being sampled.
   * @param {string} search
   */
  of(search) {
    const { said, isBusy } = this.#of.get(search) ?? { said: "", isBusy: false };
    return { said, isBusy };
  }

  /**
   * Notes which search the board shows; a run of it that was left is followed again.
   * @param {string} search "": none
   */
  show(search) {
    if (search === this.#shown) return;
    const left = this.#of.get(this.#shown);
    if (left && !left.isBusy) left.said = "";
    this.#shown = search;
    const mine = this.#of.get(search);
    if (mine?.isBusy && mine.run !== "") this.#follow(search, mine);
  }

  /**
   * Begins the run of a search and follows it as long as the search is shown.
   * @param {RunView} search
   */
  async begin(search) {
    /** @type {Following} */
    const mine = { run: "", said: "", isBusy: true, isFollowed: false };
    this.#of.set(search.run, mine);
    this.#tell(search.run);
    try {
      mine.run = (await this.#asked.begin(search)).run;
    } catch (error) {
      Object.assign(mine, { said: errorText(error), isBusy: false });
      this.#tell(search.run);
      return;
    }
    await this.#follow(search.run, mine);
  }

  /**
   * @param {string} search
   * @param {Following} mine
   */
  async #follow(search, mine) {
    if (mine.isFollowed) return;
    mine.isFollowed = true;
    while (mine.isBusy && this.#shown === search) {
      await this.#look(search, mine);
      if (mine.isBusy) await this.#asked.wait();
    }
    mine.isFollowed = false;
  }

  /**
   * @param {string} search
   * @param {Following} mine
   */
  async #look(search, mine) {
    try {
      const view = await this.#asked.look(mine.run);
      mine.isBusy = isLive(view);
      mine.said = mine.isBusy ? progressText(view) : endText(view);
    } catch (error) {
      mine.said = errorText(error);
      mine.isBusy = !isRefusal(error); // where the server was away, the run may go on
    }
    this.#tell(search);
    if (!mine.isBusy && this.#shown === search) this.#ended(search);
  }

  /** @param {string} search */
  #tell(search) {
    if (this.#shown === search) this.#changed();
  }
}

/** @param {Pick<RunView, "ahead" | "finished" | "sampling">} view */
function progressText({ ahead, finished, sampling }) {
  return ahead > 0 ? "Waiting for the models" : `${finished} of ${sampling.n} sampled`;
}

/**
 * Why nothing can be compared with a run that has ended; "" where it can.
 * @param {Pick<RunView, "state" | "message">} view
 */
function endText({ state, message }) {
  return state === "done" ? "" : (message ?? "The run was stopped.");
}
