// What most dashboard tests begin with: a simulated WhatsApp, a server with an Owner, and a page that is signed in.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Linekeeper, PASSWORD } from './linekeeper.js';
import { openPage } from './page.js';
import { Whatsim } from './whatsim.js';

export const OWNER = 'ana@example.org';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function world(t, options = {}) {
  const whatsim = await Whatsim.start(t);
  const server = await Linekeeper.start(t, { owner: OWNER, whatsim, ...options });
  const { body } = await server.signIn(OWNER, PASSWORD);
  const token = body.accessToken;

  /**
   * Creates an account, links it to a new phone, and returns its id. For many accounts, `credential` should be an API key,
   * because an API key may create more accounts per minute than a user.
   */
  const link = async (number, name, credential = token) => {
    await whatsim.phone(number, name);
    const account = (await server.call('POST', '/whatsapp/connect', { displayName: name }, credential)).body;
    const { qrCode } = (await server.call('GET', `/whatsapp/qr-code/${account.id}`, undefined, credential)).body;
    await whatsim.scan(number, qrCode);
    return account.id;
  };

  /** Opens a page of the dashboard and signs in as the user with this e-mail address. */
  const signedIn = async (email = OWNER, hash = '', { password = PASSWORD, ...pageOptions } = {}) => {
    const page = await openPage(t, `${server.base}/${hash}`, pageOptions);
    await signIn(page, email, password);
    return page;
  };
  return { whatsim, server, token, link, signedIn };
}

/** Runs `work` without a test runner. When `work` ends or fails, everything that it started is stopped. */
export async function alone(work) {
  const ends = [];
  try {
    await work({ after: (end) => ends.unshift(end) });
  } finally {
    for (const end of ends) await end();
  }
}

export async function signIn(page, email = OWNER, password = PASSWORD) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#main').waitFor();
}

/** Checks that axe finds no serious or critical accessibility problem on the page. */
export async function isAccessible(page) {
  // Wait for the end of animations, because the contrast is wrong while colours change from light to dark.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity).map(({ finished }) => finished)));
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`), []);
}

/** Checks that nothing on the page is wider than the screen. */
export async function fits(page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px wider than the screen`);
}
