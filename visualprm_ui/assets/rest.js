// Calls to our own REST routes. Paths are relative to the app's root ("api/runs"), every write carries X-VP, every
// failure becomes one sentence. The shapes of answers are in api.d.ts; what is called says which one it expects, and
// the server keeps to it.

const UNREACHABLE = "The server cannot be reached. Check that the app is still running, then try again.";

/** @type {Record<number, string>} */
const PLAIN = {
  401: "You are signed out. Sign in and try again.",
  403: "You are not allowed to do this.",
  404: "This does not exist, or no longer does.",
  413: "This is too large for the server.",
  415: "The server does not accept this kind of file.",
  429: "Too many requests at once. Wait a moment, then try again.",
};

/** A failed call; its message is a sentence for people. */
export class RestError extends Error {
  /**
   * @param {string} message
   * @param {number} status the HTTP status, or 0 when no answer came
   * @param {object} [more]
   * @param {number | null} [more.retryAfter] seconds to wait before the next try
   * @param {string | null} [more.remedy] what a page can offer: "own-tab" (open the app in one) or "reload"
   */
  constructor(message, status, { retryAfter = null, remedy = null } = {}) {
    super(message);
    this.name = "RestError";
    this.status = status;
    this.retryAfter = retryAfter;
    this.remedy = remedy;
  }
}

/**
 * Returns the sentence of anything that was thrown.
 * @param {unknown} error
 * @returns {string}
 */
export function errorText(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Returns the HTTP status of a failed call, 0 when no answer came; null for any other error.
 * @param {unknown} error
 * @returns {number | null}
 */
export function statusOf(error) {
  return error instanceof RestError ? error.status : null;
}

/**
 * Returns whether the server has answered that it will not: asking again changes nothing.
 * @param {unknown} error
 * @returns {boolean}
 */
export function isRefusal(error) {
  return error instanceof RestError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

/**
 * Returns what a page can offer against a failed call, see RestError; null for any other error.
 * @param {unknown} error
 * @returns {string | null}
 */
export function remedyOf(error) {
  return error instanceof RestError ? error.remedy : null;
}

/**
 * Returns the absolute address of a path below the app's root.
 * @param {string} path
 */
export function address(path) {
  return new URL(path.replace(/^\//, ""), document.baseURI).href;
}

/**
 * Returns the address of a stored image.
 * @param {string} sha
 * @param {number} [edge] scaled down so that no edge is longer, in pixels
 */
export function imageAddress(sha, edge) {
  return address(`api/images/${encodeURIComponent(sha)}${edge ? `?edge=${edge}` : ""}`);
}

/** Returns the address of the sign-in page that leads back to this page. */
export function signInAddress() {
  return address(`account/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/**
 * Returns the sentence for a failed answer: the server's own {"error"}, else a plain one for its status.
 * @param {number} status
 * @param {string} text the body of the answer
 */
export function failure(status, text) {
  let message = null;
  try {
    message = JSON.parse(text)?.error;
  } catch {
    // not our JSON: a proxy or a crash page, whose text is of no use to people
  }
  if (typeof message === "string" && message) return message;
  return PLAIN[status] ?? `The server answered with an error (${status}). Try again; the log of the app says more.`;
}

/**
 * Asks the server and returns the parsed JSON (null for an empty answer). Throws RestError.
 * @template T what the route answers, see api.d.ts
 * @param {string} path
 * @param {object} [options]
 * @param {string} [options.method]
 * @param {object} [options.body] a Blob is sent as it is, anything else as JSON
 * @param {AbortSignal} [options.signal]
 * @param {boolean} [options.keepalive] lets a small write outlive the page
 * @returns {Promise<T>}
 */
export async function call(path, { method = "GET", body, signal, keepalive = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-VP"] = "1";
  if (body !== undefined && !(body instanceof Blob)) headers["Content-Type"] = "application/json";
  const payload = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
  let response;
  let text;
  try {
    const options = { method, headers, body: payload, signal, keepalive };
    response = await fetch(address(path), { ...options, credentials: "same-origin" });
    text = await response.text();
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new RestError(UNREACHABLE, 0);
  }
  if (!response.ok) {
    const more = { retryAfter: secondsToWait(response), remedy: response.headers.get("X-VP-Way-Out") };
    throw new RestError(failure(response.status, text), response.status, more);
  }
  return parsed(text, response.status);
}

/** @param {Response} response */
function secondsToWait(response) {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isNaN(seconds) ? null : seconds;
}

/**
 * @param {string} text
 * @param {number} status
 */
function parsed(text, status) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new RestError(failure(status, ""), status);
  }
}

/**
 * Sends a file's bytes by POST. XMLHttpRequest, because fetch reports no upload progress.
 * @template T what the route answers, see api.d.ts
 * @param {string} path
 * @param {Blob} file
 * @param {(part: number) => void} [onProgress] told the part sent, 0 to 1
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export function upload(path, file, onProgress = () => {}, signal = undefined) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.setRequestHeader("X-VP", "1");
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      if (status < 200 || status > 299) return reject(new RestError(failure(status, responseText), status));
      try {
        return resolve(parsed(responseText, status));
      } catch (error) {
        return reject(error);
      }
    });
    request.addEventListener("error", () => reject(new RestError(UNREACHABLE, 0)));
    request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
