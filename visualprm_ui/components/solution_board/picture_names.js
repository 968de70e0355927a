// How texts of a run name its pictures.

/** @import { RunView } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */

/**
 * @param {Pick<RunView, "images">} run
 * @returns {TextOptions}
 */
export function pictureNames({ images }) {
  return { pictures: images.length, onPicture: openPicture };
}

/**
 * Opens the picture that a text names: the head of the run has them all.
 * @param {number} number from 1
 */
function openPicture(number) {
  const link = document.querySelectorAll(".vp-run-pictures a")[number - 1];
  if (link instanceof HTMLElement) link.click();
}
