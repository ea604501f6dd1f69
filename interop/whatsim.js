// A whatsim process for the tests, with a method for each call of its admin API.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until, within } from './deadline.js';
import { jidOf, trustRoot } from './companion.js';

const BINARY = process.env.WHATSIM_BIN ?? fileURLToPath(new URL('../target/debug/whatsim', import.meta.url));

/** The admin API of a simulator that runs at `base`. */
export class Whatsim {
  #base;

  /** @param base the URL of the simulator, such as `http://127.0.0.1:7100` */
  constructor(base) {
    this.#base = base;
  }

  get socketUrl() {
    return `${this.#base.replace('http', 'ws')}/ws/chat`;
  }

  async newPhone(body = {}) {
    return await this.call('POST', '/admin/phones', body);
  }

  async phone(number) {
    return await this.call('GET', `/admin/phones/${number}`);
  }

  async scan(number, qr) {
    await this.call('POST', `/admin/phones/${number}/scan`, { qr });
  }

  async typeCode(number, code) {
    await this.call('POST', `/admin/phones/${number}/pairing-code`, { code });
  }

  async say(number, to, text) {
    await this.call('POST', `/admin/phones/${number}/messages`, { to: jidOf(to), text });
  }

  /** Waits until the phone of `number` has received and decrypted `text`. */
  async heard(number, text) {
    return await until(async () => {
      const { data } = await this.call('GET', `/admin/phones/${number}/inbox`);
      return data.find((message) => message.text?.body === text);
    }, `message "${text}" in the inbox of ${number}`);
  }

  /** Returns the device numbers of the linked devices of the phone of `number`. */
  async devices(number) {
    return (await this.phone(number)).devices.map(({ device }) => device);
  }

  async unhandled() {
    return (await this.call('GET', '/admin/state')).unhandled;
  }

  async call(method, path, body) {
    const answer = await within(
      fetch(this.#base + path, {
        method,
        headers: body && { 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      }),
      `answer to ${method} ${path}`,
    );
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }
}

/** A simulator in its own process, on a free port. All companions of this process trust its root key. */
export class OwnWhatsim extends Whatsim {
  #process;

  /** The public key that signs this simulator's Noise certificate. */
  root;

  static async start() {
    const process = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: process.stdout });
    const started = within(
      new Promise((resolve, reject) => {
        process.once('error', reject);
        process.once('exit', (code) => reject(new Error(`whatsim ended with ${code}`)));
        lines.once('line', (line) => {
          const said = /listening on (?<base>http\S+),.* noise root (?<root>[0-9a-f]{64})/.exec(line);
          if (said) resolve(said.groups);
          else reject(new Error(`whatsim says: ${line}`));
        });
      }),
      'address of whatsim',
    );
    started.catch(() => process.kill('SIGKILL'));
    const { base, root } = await started;
    const sim = new OwnWhatsim(base);
    sim.#process = process;
    sim.root = Buffer.from(root, 'hex');
    trustRoot(sim.root);
    return sim;
  }

  /** Stops the simulator. Fails if a client sent a stanza that the simulator does not know. */
  async stop() {
    const unhandled = await this.unhandled();
    this.#process.removeAllListeners('exit');
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await within(ended, 'end of whatsim').catch(() => this.#process.kill('SIGKILL'));
    assert.deepEqual(unhandled, {}, 'stanzas that whatsim does not know');
  }
}
