// The way to the panel that loads models, for other parts of the page.

/** Whether there is a panel here with which this person may load models. */
export function isPanelUsable() {
  return document.querySelector(".vp-models[data-operable]") !== null;
}

/** Opens the panel and goes there. */
export function openPanel() {
  const panel = document.querySelector("details.vp-models");
  if (!(panel instanceof HTMLDetailsElement)) return;
  panel.open = true;
  panel.scrollIntoView({ block: "center" });
  panel.querySelector("summary")?.focus({ preventScroll: true });
}
