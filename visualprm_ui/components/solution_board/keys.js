// Keys of the board that work anywhere on the page.

/**
 * Whether a key is somebody's typing, or another key than its letter alone.
 * @param {KeyboardEvent} event
 */
export function isTaken({ target, ctrlKey, metaKey, altKey }) {
  const field = target instanceof Element && target.closest("input, textarea, select, dialog, [contenteditable]");
  return Boolean(field) || ctrlKey || metaKey || altKey;
}
