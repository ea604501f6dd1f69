// The server's clock, because this machine's clock may be wrong. Pages count from its time.

let skew = 0;

/** Learns the server's time from an answer. */
export function heard(answer: Response) {
  const date = Date.parse(answer.headers.get('date') ?? '');
  // The header has whole seconds, so small differences are ignored.
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
