// The left side: question, answers, pictures. Built once for an item; nothing in it changes afterwards but which
// picture is shown and whether the reference answer is. Small windows show the question or a picture, by tabs.

import { el, setAttr, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { imageAddress } from "../../assets/rest.js";
import { showAnswer, showLine, showText } from "../../assets/rich_text.js";
import { watchHeight } from "../../assets/wide.js";
import { chosenLetter, isLetter, splitChoices } from "./choices.js";
import { Zoom } from "./zoom.js";

/** @import { ImageRef } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */
/** @import { Choice } from "./choices.js" */

/**
 * A problem with the answer of one solution.
 * @typedef {{ question: string, images: ImageRef[], reference: string | null, model_answer: string | null }}
 *   ShownProblem
 */

export class ProblemPane {
  /** @type {Zoom[]} */
  #zooms = [];
  /** @type {HTMLElement[]} */
  #frames = [];
  /** @type {HTMLButtonElement[]} */
  #tabs = [];
  /** @type {HTMLButtonElement[]} */
  #paneTabs = []; // the question's, then one a picture
  #chosen = 0;
  /** @type {HTMLDetailsElement | null} */
  #reference = null; // the folded reference answer
  /** @type {string} */
  #problem; // what it shows, as a text to compare
  /** @type {TextOptions} */
  pictureNames; // how a text of the problem or of a solution names its pictures

  /** @param {ShownProblem} task */
  constructor(task) {
    this.#problem = JSON.stringify([task.question, task.reference, task.images]);
    this.pictureNames = { pictures: task.images.length, onPicture: (number) => this.#show(number - 1) };
    const { question, choices } = splitChoices(task.question);
    const asked = el("div", { class: "vp-lb-question", dir: "auto" });
    showText(asked, question, this.pictureNames);
    watchHeight(asked);
    this.node = el(
      "div",
      { class: "vp-lb-problem", "data-pane": "question" },
      this.#paneSwitch(choices, task.images.length),
      el(
        "div",
        { class: "vp-lb-text" },
        el("h2", { class: "vp-label", text: "Question" }),
        asked,
        this.#choices(choices, task),
        this.#answers(
          task,
          choices.some(({ letter }) => isLetter(task.model_answer, letter)),
        ),
      ),
      this.#pictures(task.images),
    );
    this.#turnTo("question");
  }

  /** The picture on screen, or null. */
  get zoom() {
    const zoom = this.#zooms[this.#chosen];
    return zoom && isVisible(zoom.node) ? zoom : null;
  }

  /**
   * Shows what another pane shows of the same problem: zoom, chosen picture, unfolded reference.
   * @param {ProblemPane} other
   */
  copyViewFrom(other) {
    if (other === this || other.#problem !== this.#problem) return;
    for (const [at, zoom] of this.#zooms.entries()) zoom.view = other.#zooms[at].view;
    if (this.#frames.length > 0) this.#choose(other.#chosen);
    this.#turnTo(other.#pane);
    if (this.#reference && other.#reference) this.#reference.open = other.#reference.open;
  }

  /** Shows the next picture, after the last one the first; where the question has a tab, that in between. */
  nextImage() {
    const isTabbed = this.#paneTabs.some(isVisible);
    if (isTabbed && this.#pane === "question") this.#show(0);
    else if (isTabbed && this.#chosen === this.#frames.length - 1) this.#turnTo("question");
    else if (this.#frames.length > 1) this.#show((this.#chosen + 1) % this.#frames.length);
  }

  /** Unfolds the reference answer, or folds it. False where there is none. */
  toggleReference() {
    if (!this.#reference) return false;
    this.#reference.open = isVisible(this.#reference) ? !this.#reference.open : true;
    this.#turnTo("question");
    return true;
  }

  get #pane() {
    return this.node.dataset.pane === "picture" ? "picture" : "question";
  }

  /**
   * @param {Choice[]} choices
   * @param {number} count of pictures
   */
  #paneSwitch(choices, count) {
    if (count === 0) return null;
    const tab = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      el("button", { type: "button", class: "vp-lb-pane-tab", text, onclick });
    const letters = choices.length > 0 ? `, A–${choices[choices.length - 1].letter}` : "";
    this.#paneTabs = [
      tab(`Question${letters}`, () => this.#turnTo("question")),
      ...Array.from({ length: count }, (_, index) => tab(imageName(index, count), () => this.#show(index))),
    ];
    return el("div", { class: "vp-lb-panes", role: "group", "aria-label": "Problem" }, ...this.#paneTabs);
  }

  /** @param {"question" | "picture"} pane what a small window shows */
  #turnTo(pane) {
    this.node.dataset.pane = pane;
    const pressed = pane === "question" ? 0 : this.#chosen + 1;
    for (const [at, tab] of this.#paneTabs.entries()) setAttr(tab, "aria-pressed", String(at === pressed));
  }

  /** @param {ImageRef[]} images */
  #pictures(images) {
    if (images.length === 0)
      return el(
        "div",
        { class: "vp-lb-no-picture" },
        icon("image", 20),
        el("span", { text: "This problem has no image." }),
      );
    const box = el("div", { class: "vp-lb-pictures" });
    this.#frames = images.map((image, index) => this.#picture(image, index, images.length));
    this.#tabs =
      images.length > 1
        ? images.map((_, index) =>
            el("button", {
              type: "button",
              class: "vp-lb-tab",
              text: imageName(index, images.length),
              onclick: () => this.#choose(index),
            }),
          )
        : [];
    if (this.#tabs.length > 0)
      box.append(
        el(
          "div",
          { class: "vp-lb-tabs", role: "group", "aria-label": "Images", title: "Next image (I)" },
          ...this.#tabs,
        ),
      );
    box.append(...this.#frames);
    this.#choose(0);
    return box;
  }

  /**
   * @param {Choice[]} choices
   * @param {ShownProblem} task
   */
  #choices(choices, task) {
    if (choices.length === 0) return null;
    const chosen = chosenLetter(task.model_answer);
    const items = choices.map(({ letter, text }) => {
      const content = el("span", { dir: "auto" });
      showLine(content, text, this.pictureNames);
      const isChosen = letter === chosen;
      const sign = isChosen ? el("span", { class: "vp-lb-option-sign", text: "the model’s answer" }) : null;
      return el("li", { class: "vp-lb-option", "data-chosen": isChosen }, el("b", { text: letter }), content, sign);
    });
    return el("ul", { class: "vp-lb-options", "aria-label": "Choices" }, ...items);
  }

  /**
   * Shows a picture and goes to it.
   * @param {number} index
   */
  #show(index) {
    this.#choose(index);
    this.#turnTo("picture");
    this.#frames[index]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    for (const [at, frame] of this.#frames.entries()) show(frame, at === index);
    for (const [at, tab] of this.#tabs.entries()) setAttr(tab, "aria-pressed", String(at === index));
  }

  /**
   * @param {ImageRef} image
   * @param {number} index
   * @param {number} count
   */
  #picture(image, index, count) {
    const name = count > 1 ? `Image ${index + 1} of ${count}` : "Image";
    const picture = el("img", { alt: `${name} of the problem`, decoding: "async" });
    const zoom = new Zoom(picture, { width: image.width, height: image.height }, name);
    const retry = el("button", { type: "button", class: "vp-btn", text: "Try again", onclick: () => load() });
    const failed = el(
      "div",
      { class: "vp-lb-picture-failed", role: "alert", hidden: true },
      icon("warning", 20),
      el("span", { text: "The image could not be loaded." }),
      retry,
    );
    let tries = 0;
    const load = () => {
      show(failed, false);
      tries += 1;
      picture.src = imageAddress(image.sha) + (tries > 1 ? `?try=${tries}` : "");
    };
    picture.addEventListener("error", () => show(failed, true));
    picture.addEventListener("load", () =>
      zoom.measure({ width: picture.naturalWidth, height: picture.naturalHeight }),
    );
    zoom.node.append(failed);
    this.#zooms.push(zoom);
    load();
    return zoom.node;
  }

  /**
   * @param {ShownProblem} task
   * @param {boolean} isChoice the model's answer is a letter, and its choice is marked
   */
  #answers(task, isChoice) {
    const line = el("div", { class: "vp-lb-answers" });
    if (task.model_answer !== null && !isChoice)
      line.append(el("span", {}, "Model answer ", this.#answer(task.model_answer)));
    if (task.reference !== null) {
      // Folded: knowing the reference first makes people judge the last step instead of each one.
      this.#reference = el(
        "details",
        {},
        el("summary", { text: "Reference answer", title: "Reference answer (A)" }),
        this.#answer(task.reference),
      );
      line.append(this.#reference);
    }
    return line;
  }

  /** @param {string} text */
  #answer(text) {
    const node = el("b", { dir: "auto" });
    showAnswer(node, text, this.pictureNames);
    return node;
  }
}

/**
 * @param {number} index
 * @param {number} count
 */
function imageName(index, count) {
  return count > 1 ? `Image ${index + 1}` : "Image";
}

/** @param {HTMLElement} node */
function isVisible(node) {
  return node.getClientRects().length > 0;
}
