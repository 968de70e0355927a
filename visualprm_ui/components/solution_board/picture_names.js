// How texts of a run name its pictures.

/** @import { RunView } from "../../assets/api.d.ts" */
/** @import { TextOptions } from "../../assets/rich_text.js" */

/**
 * @param {Pick<RunView, "images">} run
 * @returns {TextOptions}
 */
export function pictureNames({ images }) {
  return { pictures: images.length, onPicture: showPicture };
}

/** Goes to the picture that a text names: it stands in the form. */
function showPicture() {
  document.getElementById("vp-picture")?.scrollIntoView({ block: "nearest" });
}
