// Asks again and again while something goes on and somebody looks: never on a page that is not seen.

const POLL_MS = 1500;
const AWAY_MS = 5000; // after a failure

/**
 * Calls `ask` until it says that nothing changes by itself, or the signal ends.
 * @param {() => Promise<boolean>} ask true: to be asked again; throws where the server is away
 * @param {AbortSignal} signal
 * @returns {() => void} asks at once
 */
export function poll(ask, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isAsking = false;
  let isWanted = false; // again, as soon as the answer is there
  const turn = async () => {
    clearTimeout(timer);
    if (signal.aborted) return;
    if (document.hidden) return; // looked at again: see below
    if (isAsking) {
      isWanted = true;
      return;
    }
    isAsking = true;
    isWanted = false;
    let delay = POLL_MS;
    let goesOn = true;
    try {
      goesOn = await ask();
    } catch {
      delay = AWAY_MS;
    }
    isAsking = false;
    if (signal.aborted) return;
    if (isWanted) turn();
    else if (goesOn) timer = setTimeout(turn, delay);
  };
  document.addEventListener(
    "visibilitychange",
    () => {
      if (!document.hidden) turn();
    },
    { signal },
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
  return turn;
}
