// Who is signed in to the dashboard, and what they see.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture } from '../page.js';
import { isAccessible, OWNER, signIn, world } from '../world.js';

const CHOSEN = 'staple correct horse';

test('a Viewer sees accounts, but no messages and no buttons that change anything', async (t) => {
  const { server, token, link, signedIn } = await world(t);
  const id = await link('15551234567', 'Front desk');
  const invited = await server.call('POST', '/invitations', { email: 'vera@example.org', role: 'viewer' }, token);
  const secret = new URL(invited.body.link).hash.slice(1).replace('token=', '');
  const joined = (await server.call('POST', '/auth/invitation/accept', { token: secret, password: CHOSEN })).body;
  await server.call('PUT', `/whatsapp/accounts/${id}/shares/${joined.user.id}`, undefined, token);

  const page = await signedIn('vera@example.org', '', { password: CHOSEN });
  await page.getByText('Front desk').first().waitFor();
  assert.deepEqual(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents().then((all) => all.map((text) => text.trim())), ['Accounts', 'Analytics', 'Events', 'Workspace']);
  assert.equal(await page.getByRole('link', { name: 'Link an account' }).count(), 0);
  assert.equal(await page.getByRole('checkbox').count(), 0);
  await page.goto(`${server.base}/#/account/${id}/settings`);
  await page.getByLabel('Name', { exact: true }).waitFor();
  assert.ok(await page.getByLabel('Name', { exact: true }).isDisabled());
  assert.equal(await page.getByRole('button', { name: /Pause|Unlink|Delete|Save/ }).count(), 0);
  await page.goto(`${server.base}/#/analytics`);
  await page.getByRole('heading', { name: 'Connections' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Messages' }).count(), 0);
  await page.goto(`${server.base}/#/conversations`);
  await page.getByRole('heading', { name: 'Your role does not show you this' }).waitFor();
  await picture(page, 'viewer');
});

test('a new sign-in opens the same page again, and signing out applies to all tabs', async (t) => {
  const { server, token, signedIn } = await world(t);
  const page = await signedIn(undefined, '#/keys');
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  assert.deepEqual(await page.evaluate(() => [document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage)].filter((text) => /eyJ|lk_/.test(text))), [], 'no token where scripts could read it');

  await server.call('POST', '/auth/sign-ins/end-others', undefined, token);
  await page.getByText('Your sign-in has ended.').waitFor();
  await picture(page, 'session-ended');
  await signIn(page);
  await page.getByRole('heading', { name: 'API keys' }).waitFor();

  const second = await page.context().newPage();
  await second.goto(server.base);
  await second.getByRole('heading', { name: 'Link your first phone' }).waitFor();
  await second.getByRole('button', { name: OWNER }).click();
  await second.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.getByText('Your sign-in has ended.').count(), 0, 'it was asked for');
});

test('each member chooses which e-mails they get', async (t) => {
  const { server, token, signedIn } = await world(t);
  const page = await signedIn(undefined, '#/me');
  const report = page.getByRole('checkbox', { name: /A report each Monday/ });
  assert.equal(await report.isChecked(), false);
  await report.check();
  await page.getByText('Changed.').waitFor();
  await isAccessible(page);
  await picture(page, 'mails');
  await page.reload();
  await report.waitFor();
  assert.ok(await report.isChecked());
  assert.equal((await server.call('GET', '/auth/me', undefined, token)).body.weeklyReport, true);
});

test('the pages pass the accessibility checks, and a member can switch to Portuguese', async (t) => {
  const { server, signedIn } = await world(t);
  const page = await signedIn();
  for (const [path, title] of [['members', 'Members'], ['keys', 'API keys'], ['audit', 'Audit log'], ['workspace', 'Workspace'], ['me', 'My sign-in'], ['webhooks', 'Webhooks'], ['events', 'Events'], ['analytics', 'Analytics'], ['link', 'Link an account']]) {
    await page.goto(`${server.base}/#/${path}`);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await isAccessible(page);
    await picture(page, path);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await isAccessible(page);
  await page.getByRole('button', { name: OWNER }).click();
  await page.getByRole('menuitemradio', { name: 'Português' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Vincular uma conta' }).waitFor();
  assert.match(await page.evaluate(() => document.documentElement.lang), /^pt/);
  await picture(page, 'link-portuguese-dark');
});
