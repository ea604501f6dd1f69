// The server's clock, and moments that pages count from: this machine's clock may be wrong.

let skew = 0;

/** Learns the server's time from an answer. */
export function heard(answer: Response) {
  const date = Date.parse(answer.headers.get('date') ?? '');
  // The header has whole seconds: only a clock that is really wrong is corrected.
  if (!Number.isNaN(date)) skew = Math.abs(date - Date.now()) > 2_000 ? date - Date.now() : 0;
}

/** Now, by the server's clock. */
export function now(): number {
  return Date.now() + skew;
}

class Ticking {
  value = $state(now());
  constructor(every: number) {
    setInterval(() => (this.value = now()), every);
  }
}

/** For countdowns. */
export const seconds = new Ticking(1_000);
/** For "3 minutes ago". */
export const minutes = new Ticking(20_000);
