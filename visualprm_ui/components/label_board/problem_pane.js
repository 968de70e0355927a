// The left side: question, answers, pictures. Built once for an item; nothing in it changes afterwards but which picture is shown.

import { el, show } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { setMaths } from "../../assets/maths.js";
import { imageAddress } from "../../assets/rest.js";
import { Zoom } from "./zoom.js";

export class ProblemPane {
  #zooms = [];
  #chosen = 0;

  constructor(task) {
    const question = el("div", { class: "vp-lb-question", dir: "auto" });
    setMaths(question, task.question);
    this.node = el("div", { class: "vp-lb-problem" },
      el("div", { class: "vp-lb-text" }, el("h2", { class: "vp-label", text: "Question" }), question, answers(task)),
      this.#pictures(task.images));
  }

  /** The picture on screen, or null. */
  get zoom() {
    return this.#zooms[this.#chosen] ?? null;
  }

  #pictures(images) {
    if (images.length === 0) return el("div", { class: "vp-lb-no-picture" }, icon("image", 20), el("span", { text: "This problem has no image." }));
    const box = el("div", { class: "vp-lb-pictures" });
    const frames = images.map((image, index) => this.#picture(image, index, images.length));
    if (images.length > 1) box.append(this.#tabs(frames));
    box.append(...frames);
    frames.forEach((frame, index) => show(frame, index === 0));
    return box;
  }

  #tabs(frames) {
    const tabs = frames.map((_, index) => el("button", {
      type: "button", class: "vp-lb-tab", "aria-pressed": String(index === 0), text: `Image ${index + 1}`,
      onclick: () => {
        this.#chosen = index;
        frames.forEach((frame, at) => show(frame, at === index));
        tabs.forEach((tab, at) => tab.setAttribute("aria-pressed", String(at === index)));
      },
    }));
    return el("div", { class: "vp-lb-tabs", role: "group", "aria-label": "Images" }, ...tabs);
  }

  #picture(image, index, count) {
    const name = count > 1 ? `Image ${index + 1} of ${count}` : "Image";
    const picture = el("img", { alt: `${name} of the problem`, decoding: "async" });
    const zoom = new Zoom(picture, { width: image.width, height: image.height }, name);
    const again = el("button", { type: "button", class: "vp-btn", text: "Try again", onclick: () => load() });
    const failed = el("div", { class: "vp-lb-picture-failed", role: "alert", hidden: true }, icon("warning", 20), el("span", { text: "The image could not be loaded." }), again);
    let tries = 0;
    const load = () => {
      show(failed, false);
      tries += 1;
      picture.src = imageAddress(image.sha) + (tries > 1 ? `?try=${tries}` : "");
    };
    picture.addEventListener("error", () => show(failed, true));
    picture.addEventListener("load", () => zoom.measure({ width: picture.naturalWidth, height: picture.naturalHeight }));
    zoom.node.append(failed);
    this.#zooms.push(zoom);
    load();
    return zoom.node;
  }
}

function answers(task) {
  const line = el("div", { class: "vp-lb-answers" });
  if (task.model_answer !== null) {
    const answer = el("b", { dir: "auto" });
    setMaths(answer, task.model_answer);
    line.append(el("span", {}, "Model answer ", answer));
  }
  if (task.reference !== null) {
    // Folded: knowing the reference first makes people judge the last step instead of each one.
    const reference = el("b", { dir: "auto" });
    setMaths(reference, task.reference);
    line.append(el("details", {}, el("summary", { text: "Reference answer" }), reference));
  }
  return line;
}
