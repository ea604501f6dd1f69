// The server's time. The clock of this computer may be wrong, so countdowns and durations use the server's time.

let skew = 0;

/** Computes the difference to the server's clock from a response. */
export function heard(answer: Response) {
  const date = Date.parse(answer.headers.get('date') ?? '');
  // The `Date` header has only whole seconds, so ignore a difference of up to two seconds.
  if (!Number.isNaN(date)) skew = Math.abs(date - Date.now()) > 2_000 ? date - Date.now() : 0;
}

/** The current time on the server's clock. */
export function now(): number {
  return Date.now() + skew;
}

class Ticking {
  value = $state(now());
  constructor(every: number) {
    setInterval(() => (this.value = now()), every);
  }
}

/** Changes every second, for countdowns. */
export const seconds = new Ticking(1_000);
/** Changes every 20 seconds, for texts such as "3 minutes ago". */
export const minutes = new Ticking(20_000);
