// What a reference answer belongs to. It goes with its question or its picture, and comes back with them. Pure.

/**
 * @typedef {object} ReferenceOwner
 * @property {string} reference
 * @property {string | null} question null: whatever is asked first
 * @property {string[] | null} images hashes; null: whichever is added first
 * @property {boolean} dropped it left the form, as question or picture are others now
 * @typedef {{ reference: string, owner: ReferenceOwner | null }} Kept what the form shows, and whose it is
 * @typedef {{ question: string, images: string[], reference: string, owner: ReferenceOwner | null }} FormState
 */

/**
 * A question as the server stores it, in so far as it matters here: without control characters and outer white space.
 * @param {string | null | undefined} text
 */
export function cleaned(text) {
  return (text ?? "")
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\t\n]|\p{Cs}/gu, "")
    .trim();
}

/**
 * @param {string[]} a
 * @param {string[]} b
 */
export function sameImages(a, b) {
  return a.length === b.length && a.every((sha, index) => sha === b[index]);
}

/**
 * Returns the reference after question or pictures changed.
 * @param {FormState} form
 * @returns {Kept}
 */
export function keepReference({ question, images, reference, owner }) {
  if (!owner) return { reference, owner };
  const isAsked = owner.question === null || owner.question === cleaned(question);
  const isShown = owner.images === null || sameImages(owner.images, images);
  if (isAsked && isShown) {
    const adopted = { ...owner, images: owner.images ?? (images.length ? images : null) };
    return owner.dropped && !reference
      ? { reference: owner.reference, owner: { ...adopted, dropped: false } }
      : { reference, owner: adopted };
  }
  if (owner.dropped || !cleaned(reference)) return { reference, owner };
  return { reference: "", owner: { ...owner, dropped: true } };
}

/**
 * Returns the owner of a reference that a person typed, or wants back: what the form asks now.
 * @param {FormState} form
 * @returns {ReferenceOwner | null}
 */
export function ownReference({ question, images, reference }) {
  if (!cleaned(reference)) return null;
  const asked = cleaned(question);
  return { reference, question: asked || null, images: images.length ? images : null, dropped: false };
}

/**
 * Returns the owner after the reference changed: by a person, by these rules, or with its problem.
 * @param {FormState} form
 * @returns {ReferenceOwner | null}
 */
export function followReference(form) {
  const { reference, owner } = form;
  const isExpected = owner && reference === (owner.dropped ? "" : owner.reference);
  return isExpected ? owner : ownReference(form);
}

/**
 * Returns the owner once the question is written: a reference that was there before it belongs to it.
 * @param {FormState} form
 * @returns {ReferenceOwner | null}
 */
export function adoptQuestion({ question, owner }) {
  const asked = cleaned(question);
  return owner && owner.question === null && asked ? { ...owner, question: asked } : owner;
}
