// The first start: the page that the printed link opens, and then the dashboard, up to a linked phone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Linekeeper, PASSWORD } from '../linekeeper.js';
import { openPage, picture } from '../page.js';
import { Whatsim } from '../whatsim.js';

test('the first person becomes the Owner and links a phone by QR code', async (t) => {
  const whatsim = await Whatsim.start(t);
  const server = await Linekeeper.start(t, { whatsim });
  const page = await openPage(t, server.setupLink);
  assert.equal(new URL(page.url()).hash, '', 'the token is in the address bar no more');

  await page.getByLabel('E-mail address').fill('ana@example.org');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill('something else');
  await page.getByRole('button', { name: 'Create the Owner' }).click();
  await page.getByText('The two passwords differ.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByLabel('Password again').fill('short');
  await page.getByRole('button', { name: 'Create the Owner' }).click();
  await page.getByText('Must have at least 12 characters.').waitFor();
  await picture(page, 'setup-wrong');

  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the Owner' }).click();
  await page.getByRole('heading', { name: 'Link your first phone' }).waitFor();
  await picture(page, 'accounts-empty');

  // From here on, the browser must not load the page again.
  await page.evaluate(() => (globalThis.isSamePage = true));
  await page.getByRole('link', { name: 'Link an account' }).click();
  await page.getByLabel('Name').fill('Front desk');
  await page.getByRole('button', { name: 'Show the code' }).click();
  await page.getByRole('img', { name: 'QR code to scan with WhatsApp' }).waitFor();
  await picture(page, 'link-qr');

  const { body } = await server.signIn('ana@example.org', PASSWORD);
  const account = (await server.call('GET', '/whatsapp/accounts', undefined, body.accessToken)).body.data[0];
  const { qrCode } = (await server.call('GET', `/whatsapp/qr-code/${account.id}`, undefined, body.accessToken)).body;
  await whatsim.phone('15551234567', 'Front desk');
  await whatsim.scan('15551234567', qrCode);
  await page.getByRole('heading', { name: 'Linked' }).waitFor();
  await page.getByText('+15551234567').waitFor();
  await picture(page, 'link-done');
  assert.equal(await page.evaluate(() => globalThis.isSamePage), true);
});

test('once there is an Owner, the setup page only links to the sign-in page', async (t) => {
  const server = await Linekeeper.start(t, { owner: 'ana@example.org' });
  const page = await openPage(t, `${server.base}/setup#token=${'A'.repeat(43)}`);
  await page.getByText('There is an Owner already.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Create the Owner' }).count(), 0);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Password').waitFor();
});
