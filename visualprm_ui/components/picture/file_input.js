// Image files that come by paste or drop. Knows nothing of the field.

/**
 * Returns the image files of a clipboard or drop, else its first file, whose refusal says why.
 * @template {{ type: string }} T
 * @param {ArrayLike<T> | null | undefined} items
 * @returns {T[]}
 */
export function imageFiles(items) {
  const files = Array.from(items ?? []);
  const images = files.filter((file) => file.type.startsWith("image/"));
  return images.length ? images : files.slice(0, 1);
}

/**
 * Whether typing belongs to the element: a paste of text there is not ours.
 * @param {{ isContentEditable?: boolean, tagName?: string, type?: string } | null} node
 */
export function isTextField(node) {
  return (
    Boolean(node?.isContentEditable) ||
    node?.tagName === "TEXTAREA" ||
    (node?.tagName === "INPUT" &&
      !["button", "checkbox", "radio", "range", "file", "submit", "reset", "color"].includes(node.type ?? ""))
  );
}

/**
 * Listens for files that are pasted or dropped anywhere on the page.
 * @param {(on: boolean) => void} over told whether files are dragged over the page
 * @param {(files: File[]) => void} send
 * @param {AbortSignal} signal
 */
export function listenForFiles(over, send, signal) {
  document.addEventListener(
    "paste",
    (event) => {
      const data = event.clipboardData;
      if (!data?.files.length) return;
      const target = /** @type {HTMLInputElement | null} */ (event.target);
      if (isTextField(target) && data.types.includes("text/plain")) return; // a picture of text: the text is meant
      event.preventDefault();
      send(imageFiles(data.files));
    },
    { signal },
  );

  let depth = 0; // dragenter and dragleave come for every child
  document.addEventListener(
    "dragenter",
    (event) => {
      if (!carriesFiles(event)) return;
      depth += 1;
      over(true);
    },
    { signal },
  );
  document.addEventListener(
    "dragleave",
    (event) => {
      if (!carriesFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (!depth) over(false);
    },
    { signal },
  );
  document.addEventListener(
    "dragover",
    (event) => {
      if (carriesFiles(event)) event.preventDefault(); // else the browser would leave the page for the file
    },
    { signal },
  );
  document.addEventListener(
    "drop",
    (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      over(false);
      send(imageFiles(event.dataTransfer?.files));
    },
    { signal },
  );
}

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/**
 * Returns the image on the clipboard; null where there is none. Throws where the browser does not let pages read the
 * clipboard.
 * @returns {Promise<File | null>}
 */
export async function clipboardImage() {
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((name) => name.startsWith("image/"));
    if (type) return new File([await item.getType(type)], "pasted image", { type });
  }
  return null;
}
