// Calls to our own REST routes. Paths are relative to the app's root ("api/runs"), every write carries X-VP, every failure becomes one sentence.

/**
 * A failed call: `message` is for people; `status` is the HTTP status, or 0 when no answer came; `retryAfter`: seconds to wait, or null;
 * `wayOut`: what a page can offer ("own-tab": open the app in one, "reload"), or null.
 */
export class RestError extends Error {
  constructor(message, status, { retryAfter = null, remedy = null } = {}) {
    super(message);
    this.name = "RestError";
    this.status = status;
    this.retryAfter = retryAfter;
    this.remedy = remedy;
  }
}

const UNREACHABLE = "The server cannot be reached. Check that the app is still running, then try again.";

const PLAIN = {
  401: "You are signed out. Sign in and try again.",
  403: "This is not allowed for you.",
  404: "This is not here (any more).",
  413: "This is too large for the server.",
  415: "The server does not take this kind of file.",
  429: "Too many requests at once. Wait a moment, then try again.",
};

/** The absolute address of a path below the app's root. */
export function address(path) {
  return new URL(path.replace(/^\//, ""), document.baseURI).href;
}

/** The address of a stored image, scaled down to `edge` pixels where given. */
export function imageAddress(sha, edge) {
  return address(`api/images/${encodeURIComponent(sha)}${edge ? `?edge=${edge}` : ""}`);
}

/** The address of the sign-in page that leads back to this page. */
export function signInAddress() {
  return address(`account/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** The sentence for a failed answer: the server's own {"error"}, else a plain one for its status. */
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
 * Asks the server and returns the parsed JSON (null for an empty answer). A plain object as `body` is sent as JSON, a Blob as it is.
 * Throws RestError. `keepalive` lets a small write outlive the page.
 */
export async function call(path, { method = "GET", body = undefined, signal = undefined, keepalive = false } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-VP"] = "1";
  let payload = body;
  if (body !== undefined && !(body instanceof Blob)) {
    headers["Content-Type"] = "application/json";
    payload = JSON.stringify(body);
  }
  let response;
  let text;
  try {
    response = await fetch(address(path), {
      method,
      headers,
      body: payload,
      signal,
      keepalive,
      credentials: "same-origin",
    });
    text = await response.text();
  } catch (error) {
    if (error?.name === "AbortError") throw error;
    throw new RestError(UNREACHABLE, 0);
  }
  if (!response.ok) {
    const more = { retryAfter: secondsToWait(response), remedy: response.headers.get("X-VP-Way-Out") };
    throw new RestError(failure(response.status, text), response.status, more);
  }
  return parsed(text, response.status);
}

function secondsToWait(response) {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isNaN(seconds) ? null : seconds;
}

function parsed(text, status) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new RestError(failure(status, ""), status);
  }
}

/** Sends a file's bytes by POST, telling `onProgress` the part sent (0 to 1). XMLHttpRequest, because fetch reports no upload progress. */
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
        resolve(parsed(responseText, status));
      } catch (error) {
        reject(error);
      }
    });
    request.addEventListener("error", () => reject(new RestError(UNREACHABLE, 0)));
    request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
