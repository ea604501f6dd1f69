// Waits with a deadline, so that no test can hang.

/** The maximum duration of any single step on a busy machine, in milliseconds. */
export const STEP = 30_000;

const POLL = 25;

/** Returns the result of `promise`. Fails after `ms` milliseconds with an error that names `what`. */
export async function within(promise, what, ms = STEP) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls `probe` again and again until it returns something truthy. For facts that no event announces. */
export async function until(probe, what, ms = STEP) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms`);
    await new Promise((next) => setTimeout(next, POLL));
  }
}
