// The page that an invitation link opens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Linekeeper, PASSWORD } from '../linekeeper.js';
import { openPage, picture } from '../page.js';

const CHOSEN = 'staple correct horse';

/** Starts a server with an Owner. Returns the server and the Owner's token. */
async function withOwner(t) {
  const server = await Linekeeper.start(t, { owner: 'ana@example.org' });
  const { body } = await server.signIn('ana@example.org', PASSWORD);
  return { server, owner: body.accessToken };
}

async function invite(server, token, email) {
  const { status, body } = await server.call('POST', '/invitations', { email, role: 'agent' }, token);
  assert.equal(status, 201, JSON.stringify(body));
  return body.link;
}

test('a new person chooses a password and joins the workspace', async (t) => {
  const { server, owner } = await withOwner(t);
  const link = await invite(server, owner, 'ben@example.org');
  const page = await openPage(t, link);
  await page.getByRole('heading', { name: 'Join My workspace' }).waitFor();
  await page.getByText('as Agent').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the token is in the address bar no more');
  assert.equal(await page.getByLabel('E-mail address').inputValue(), 'ben@example.org');
  await picture(page, 'invitation');

  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByLabel('Password again').fill('short');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('Must have at least 12 characters.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(CHOSEN);
  await page.getByLabel('Password again').fill(CHOSEN);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await page.getByText('You are a member of My workspace now, as Agent.').waitFor();
  await picture(page, 'invitation-done');
  assert.equal((await server.signIn('ben@example.org', CHOSEN)).status, 200);

  const again = await openPage(t, link);
  await again.getByText('This invitation does not work').waitFor();
  assert.ok(!(await again.getByRole('button', { name: 'Join' }).isVisible()));
  await picture(again, 'invitation-used');
});

test('a name that contains markup is shown as text, also on a phone screen', async (t) => {
  const { server, owner } = await withOwner(t);
  const { body } = await server.call('GET', '/workspaces', undefined, owner);
  const name = '<img src=x onerror=alert(1)>';
  await server.call('PATCH', `/workspaces/${body.data[0].id}`, { name }, owner);
  const link = await invite(server, owner, 'ben@example.org');
  const page = await openPage(t, link, { viewport: { width: 360, height: 740 } });
  await page.getByRole('heading', { name: `Join ${name}` }).waitFor();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px wider than the phone`);
  await picture(page, 'invitation-phone');
});

test('a user of this server joins another workspace with the existing password', async (t) => {
  const { server, owner } = await withOwner(t);
  const second = await server.call('POST', '/workspaces', { name: 'Second' }, owner);
  await server.call('POST', `/workspaces/${second.body.id}/enter`, undefined, owner);
  const first = await openPage(t, await invite(server, owner, 'ben@example.org'));
  await first.getByLabel('Password', { exact: true }).fill(CHOSEN);
  await first.getByLabel('Password again').fill(CHOSEN);
  await first.getByRole('button', { name: 'Join' }).click();
  await first.getByRole('heading', { name: 'Welcome' }).waitFor();

  const { body } = await server.call('GET', '/workspaces', undefined, owner);
  const home = body.data.find(({ name }) => name === 'My workspace');
  await server.call('POST', `/workspaces/${home.id}/enter`, undefined, owner);
  const page = await openPage(t, await invite(server, owner, 'ben@example.org'));
  await page.getByText('If you sign in on this server already, your password there.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByLabel('Password again').fill('not the password');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('You sign in on this server already, and this is not your password there.').waitFor();
  await picture(page, 'invitation-known');
  await page.getByLabel('Password', { exact: true }).fill(CHOSEN);
  await page.getByLabel('Password again').fill(CHOSEN);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('You are a member of My workspace now').waitFor();
});

test('an invitation page without a token asks the visitor to open the whole link', async (t) => {
  const { server } = await withOwner(t);
  const page = await openPage(t, `${server.base}/invitation`);
  await page.getByText('Open the whole link that you were sent.').waitFor();
});
