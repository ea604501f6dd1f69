// Events in the order they came, kept until somebody asks for them: a test never misses one by asking late.

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

  /** Takes out the first event, past or future, that `wanted` picks. */
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
