// Mutual exclusion between the tabs of one browser.

const TIMEOUT = 5_000; // milliseconds: a frozen tab may hold the lock; after this long the work goes on without it

/**
 * Runs `work` while no other tab holds the lock of that name. Without locks (plain http) or after the timeout it runs
 * all the same.
 * @template T
 * @param {LockManager | null} locks
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withTabLock(locks, name, work) {
  if (!locks) return work();
  let ran = false;
  const locked = () => {
    ran = true;
    return work();
  };
  try {
    return await locks.request(name, { signal: AbortSignal.timeout(TIMEOUT) }, locked);
  } catch (error) {
    if (ran) throw error;
    return work();
  }
}
