// Waiting, always with an end: nothing in these tests may hang.

/** Milliseconds that any single step may take on a busy machine. */
export const STEP = 30_000;

const POLL = 25;

/** What `promise` resolves to, or an error that says what was awaited for too long. */
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

/** The first truthy answer of `probe`, asked again and again: for facts that nobody announces. */
export async function until(probe, what, ms = STEP) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms`);
    await new Promise((next) => setTimeout(next, POLL));
  }
}
