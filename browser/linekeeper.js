// A linekeeper server for one test: a process with its own folder, its command line, and its API.

import assert from 'node:assert/strict';
import { spawn, execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const built = (name) => fileURLToPath(new URL(`../target/debug/${name}`, import.meta.url));
const BINARY = process.env.LINEKEEPER_BIN ?? built('linekeeper');
/** The build for a simulated WhatsApp. It does not check WhatsApp's certificate. */
const DEMO_BINARY = process.env.LINEKEEPER_DEMO_BIN ?? built('linekeeper-demo');

export const PASSWORD = 'correct horse battery';

export class Linekeeper {
  #binary = BINARY;
  #process;
  #environment;
  #folder;

  /**
   * Starts a server in an empty folder. `base` is the address that it listens on, and `setupLink` the link that it printed.
   * If `whatsim` is given, the server connects to this simulator.
   */
  static async start(test, { owner, whatsim, environment = {} } = {}) {
    const server = new Linekeeper();
    if (whatsim) server.#binary = DEMO_BINARY;
    server.#folder = await mkdtemp(join(tmpdir(), 'linekeeper-'));
    server.#environment = {
      PATH: process.env.PATH,
      LINEKEEPER_DATA_DIR: join(server.#folder, 'data'),
      LINEKEEPER_LISTEN: '127.0.0.1:0',
      // Without a simulator, no account connects, so this may be an address at which nothing listens.
      WHATSAPP_ENDPOINT: whatsim?.endpoint ?? 'ws://127.0.0.1:9/ws/chat',
      LINEKEEPER_LOG: whatsim ? 'error' : 'warn',
      ...environment,
    };
    test.after(() => server.#stop());
    if (whatsim) {
      server.#environment.WHATSAPP_CA_FILE = join(server.#folder, 'whatsim.pem');
      await writeFile(server.#environment.WHATSAPP_CA_FILE, await whatsim.authority());
    }
    if (owner) await server.run(['owner', 'create', '--email', owner, '--password-stdin'], PASSWORD);
    await server.#serve(!owner);
    return server;
  }

  async #serve(expectsLink) {
    this.#process = spawn(this.#binary, ['serve'], { env: this.#environment, cwd: this.#folder });
    this.#process.stderr.pipe(process.stderr);
    for await (const line of createInterface({ input: this.#process.stdout })) {
      const found = line.match(/http:\/\/127\.0\.0\.1:\d+\S*/)?.[0];
      if (!found) continue;
      this.base ??= new URL(found).origin;
      if (found.includes('/setup#')) this.setupLink = found;
      if (!expectsLink || this.setupLink) return;
    }
    assert.fail('the server ended');
  }

  /** Runs a command on the server's data directory and returns its output. */
  async run(words, input = '') {
    const running = promisify(execFile)(this.#binary, words, { env: this.#environment, cwd: this.#folder });
    running.child.stdin.end(input);
    return (await running).stdout.trim();
  }

  /** Calls the API, with `token` if it is given. Returns the status and the body of the response. */
  async call(method, path, body, token) {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    const answer = await fetch(`${this.base}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  async signIn(email, password, code) {
    return await this.call('POST', '/auth/sign-in', { email, password, code });
  }

  async #stop() {
    if (this.#process?.exitCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
