// Where the keyboard is in a part of the page that is drawn anew: the control that takes the place of the focused one gets the focus.
// Without it the focus would fall to the page's beginning at every press of a button. Knows no view.

const CONTROLS = "a[href], button, input, select, textarea, summary";
const ROWS = "tr, li, [data-project]";

/** Follows the focus inside `place`. Returns `put(node)`, which fills the place with a node; what has no successor gives its focus to `heading`. */
export function keepFocus(container, heading) {
  heading.tabIndex = -1;
  let lastFocused = null;
  container.addEventListener("focusin", ({ target }) => (lastFocused = target));
  container.addEventListener("focusout", ({ target }) => {
    if (!target.disabled) lastFocused = null; // a button at work is disabled, which takes the focus from it: it is still where the keyboard is
  });
  return (node) => {
    const active = document.activeElement;
    const focused = container.contains(active) ? active : active === document.body ? lastFocused : null;
    const lost = focused && describeControl(focused, container);
    lastFocused = null;
    container.replaceChildren(node);
    if (lost) focusCandidates(lost, container, heading).some(takesFocus);
  };
}

/** What a control is known by: its name, its row's name, and its number among those of the same names. */
function describeControl(control, container) {
  const [row, name] = [rowName(control), nameOf(control)];
  return { row, name, number: alike(container, row, name).indexOf(control) };
}

/** Who may take the focus, the best first: the same control, the summary it is folded away behind, its row, the heading. */
function focusCandidates({ row, name, number }, container, heading) {
  const same = alike(container, row, name)[number];
  const ofRow =
    row === "" ? [] : [...container.querySelectorAll(CONTROLS)].filter((control) => rowName(control) === row);
  return [same, same?.closest("details")?.querySelector("summary"), ...ofRow, heading];
}

function alike(container, row, name) {
  return [...container.querySelectorAll(CONTROLS)].filter(
    (control) => nameOf(control) === name && rowName(control) === row,
  );
}

function rowName(control) {
  const row = control.closest(ROWS);
  return row?.dataset.project ?? row?.firstElementChild?.textContent ?? "";
}

function nameOf(control) {
  return control.getAttribute("aria-label") || control.name || control.labels?.[0]?.textContent || control.textContent;
}

function takesFocus(node) {
  node?.focus(); // nothing happens where it is disabled or hidden
  return Boolean(node) && document.activeElement === node;
}
