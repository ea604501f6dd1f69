// A simulated WhatsApp for one test, and its phones.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.WHATSIM_BIN ?? fileURLToPath(new URL('../target/debug/whatsim', import.meta.url));

export class Whatsim {
  #process;

  /** Starts a simulator. `endpoint` is the URL for servers to connect to, and `base` the URL of the admin API. */
  static async start(test) {
    const simulator = new Whatsim();
    simulator.#process = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0']);
    simulator.#process.stderr.resume();
    test.after(() => simulator.#process.kill('SIGKILL'));
    for await (const line of createInterface({ input: simulator.#process.stdout })) {
      const found = line.match(/ws:\/\/127\.0\.0\.1:\d+\/ws\/chat/)?.[0];
      if (!found) continue;
      simulator.endpoint = found;
      simulator.base = `http://${new URL(found).host}/admin`;
      simulator.#process.stdout.resume();
      return simulator;
    }
    assert.fail('the simulator ended');
  }

  async call(method, path, body) {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const answer = await fetch(this.base + path, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Returns the certificate authority of the media server, as PEM. */
  async authority() {
    return (await fetch(`${this.base}/ca.pem`)).text();
  }

  phone(number, name) {
    return this.call('POST', '/phones', { number, name });
  }

  scan(number, qr) {
    return this.call('POST', `/phones/${number}/scan`, { qr });
  }

  say(number, to, text) {
    return this.call('POST', `/phones/${number}/messages`, { to, text });
  }
}
