// Keeps events in the order of their arrival until a test asks for them. So a test may ask late and misses nothing.

import { STEP, within } from './deadline.js';

export class Mailbox {
  #kept = [];
  #waiting = [];

  put(event) {
    const index = this.#waiting.findIndex(({ wanted }) => wanted(event));
    if (index < 0) {
      this.#kept.push(event);
      return;
    }
    const [{ resolve }] = this.#waiting.splice(index, 1);
    resolve(event);
  }

  /** Removes and returns the first event, past or future, for which `wanted` returns true. */
  async take(wanted, what, ms = STEP) {
    const index = this.#kept.findIndex(wanted);
    if (index >= 0) return this.#kept.splice(index, 1)[0];
    const ask = {};
    const taken = new Promise((resolve) => Object.assign(ask, { wanted, resolve }));
    this.#waiting.push(ask);
    try {
      return await within(taken, what, ms);
    } finally {
      this.#waiting = this.#waiting.filter((other) => other !== ask);
    }
  }
}
