// The page that a link for a new password opens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Linekeeper, PASSWORD } from '../linekeeper.js';
import { openPage, picture } from '../page.js';

const NEW = 'staple correct horse';

test('a password link sets a new password only once', async (t) => {
  const server = await Linekeeper.start(t, { owner: 'ana@example.org' });
  const printed = await server.run(['user', 'reset-password', '--email', 'ana@example.org']);
  // The command does not know the port that the server chose, so the test puts the token into the server's
  // address.
  const link = `${server.base}/reset-password${new URL(printed).hash}`;
  const page = await openPage(t, link);
  assert.equal(new URL(page.url()).hash, '', 'the token is in the address bar no more');
  await page.getByLabel('New password').fill('short');
  await page.getByLabel('Password again').fill('short');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('Must have at least 12 characters.').waitFor();
  await picture(page, 'reset-wrong');
  await page.getByLabel('New password').fill(NEW);
  await page.getByLabel('Password again').fill(NEW);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  await picture(page, 'reset-done');
  assert.equal((await server.signIn('ana@example.org', NEW)).status, 200);
  assert.equal((await server.signIn('ana@example.org', PASSWORD)).status, 401);

  const again = await openPage(t, link);
  await again.getByLabel('New password').fill(NEW);
  await again.getByLabel('Password again').fill(NEW);
  await again.getByRole('button', { name: 'Set the password' }).click();
  await again.getByText('This link does not work').waitFor();
});

test('without a link, the page asks for the e-mail address', async (t) => {
  const server = await Linekeeper.start(t, { owner: 'ana@example.org' });
  const page = await openPage(t, `${server.base}/reset-password`);
  await page.getByLabel('E-mail address').fill('ana@example.org');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await page.getByText('This server sends no e-mail.').waitFor();
  await picture(page, 'reset-no-mail');
});
