// The page behind the link of the first start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Linekeeper, PASSWORD } from '../linekeeper.js';
import { openPage, picture } from '../page.js';

test('the first person becomes the Owner and makes a key', async (t) => {
  const server = await Linekeeper.start(t);
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
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await page.getByRole('button', { name: 'Create an API key' }).click();
  const shown = page.locator('#key', { hasText: 'export KEY=lk_' });
  await shown.waitFor();
  await picture(page, 'setup-done');
  const key = (await shown.textContent()).replace('export KEY=', '');
  const me = await server.call('GET', '/auth/me', undefined, key);
  assert.equal(me.body.user.email, 'ana@example.org');
});

test('the link works once, and then points to signing in', async (t) => {
  const server = await Linekeeper.start(t, { owner: 'ana@example.org' });
  const page = await openPage(t, `${server.base}/setup#token=${'A'.repeat(43)}`);
  await page.getByText('There is an Owner already.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Create the Owner' }).count(), 0);
});
