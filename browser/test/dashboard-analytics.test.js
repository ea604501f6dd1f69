// Analytics in the dashboard: correct numbers, also for people who cannot see the charts.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { picture } from '../page.js';
import { fits, isAccessible, world } from '../world.js';

test('the analytics page shows its figures as charts and as tables', async (t) => {
  const { whatsim, server, token, link, signedIn } = await world(t);
  const page = await signedIn(undefined, '#/analytics');
  await page.getByRole('heading', { name: 'No accounts yet' }).waitFor();
  await isAccessible(page);
  await picture(page, 'analytics-empty');

  const account = await link('15551234567', 'Front desk');
  await whatsim.phone('15557654321', 'Ben');
  await whatsim.say('15557654321', '15551234567', 'Is my order ready?');
  const counts = async () => (await server.call('GET', '/analytics/messages?step=hour', undefined, token)).body.total;
  while ((await counts()).counts.received < 1) await new Promise(setImmediate);
  const answer = { to: '15557654321', type: 'text', text: { body: 'Yes, at five.' } };
  await server.call('POST', `/whatsapp/accounts/${account}/messages`, answer, token);
  while ((await counts()).firstResponseTime.count < 1) await new Promise(setImmediate);

  await page.reload();
  await page.getByLabel('Period').selectOption({ label: 'Last 24 hours' });
  await page.getByRole('link', { name: 'Front desk' }).waitFor();
  const tile = (name) => page.locator('.tiles li').filter({ hasText: name }).locator('strong');
  assert.equal(await tile('Received').textContent(), '1');
  assert.equal(await tile('Sent').textContent(), '1');
  assert.match(await tile('Uptime').textContent(), /%$/);
  // The table shows the same numbers to people who cannot see the bars.
  const table = page.getByRole('table', { name: 'Messages' });
  assert.ok(await table.getByRole('row').count() >= 24);
  assert.equal(await table.getByRole('row').last().getByRole('cell').first().textContent(), '1');
  await page.getByRole('img', { name: /Connected: / }).waitFor();
  await page.getByText('1 measured').first().waitFor();
  await isAccessible(page);
  await picture(page, 'analytics-full');

  await page.emulateMedia({ colorScheme: 'dark' });
  await isAccessible(page);
  await picture(page, 'analytics-dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page);
  await picture(page, 'analytics-narrow');

  await page.getByLabel('Account', { exact: true }).selectOption({ label: 'Front desk' });
  await page.getByLabel('Period').selectOption({ label: 'Last 12 months' });
  await page.getByRole('link', { name: 'Front desk' }).waitFor();
  assert.equal(await tile('Received').textContent(), '1');
});

test('the saved CSV file has the same bytes as the API\'s answer', async (t) => {
  const { server, token, signedIn } = await world(t);
  // This time zone is 14 hours ahead of UTC, so its days differ from UTC days. The file's name must use its days.
  const { id: workspace } = (await server.call('GET', '/workspaces', undefined, token)).body.data[0];
  await server.call('PATCH', `/workspaces/${workspace}`, { timeZone: 'Pacific/Kiritimati' }, token);
  const day = (moment) => new Date(moment + 14 * 3_600_000).toISOString().slice(0, 10);
  const { id } = (await server.call('POST', '/whatsapp/connect', { displayName: 'Front desk, São Paulo' }, token)).body;
  const page = await signedIn(undefined, '#/analytics');

  // Chromium does not keep the body of a response that a page reads as a file, so the test records the body on its
  // way.
  const answers = [];
  await page.route('**/analytics/**', async (route) => {
    if (route.request().headers().accept !== 'text/csv') return route.continue();
    const response = await route.fetch();
    answers.push({ url: new URL(response.url()), body: await response.body() });
    return route.fulfill({ response });
  });
  const saved = async (part) => {
    const downloaded = page.waitForEvent('download');
    await page.getByRole('button', { name: `${part} as CSV` }).click();
    const file = await downloaded;
    const { url: { pathname, searchParams }, body } = answers.pop();
    assert.deepEqual([...searchParams.keys()].filter((name) => !['from', 'to', 'step', 'accountId'].includes(name)), [], 'no credential in an address');
    const bytes = await readFile(await file.path());
    assert.ok(bytes.equals(body), `${bytes}`);
    const days = [day(Date.parse(searchParams.get('from'))), day(Date.parse(searchParams.get('to')) - 1)].join('-');
    return { pathname, step: searchParams.get('step'), name: file.suggestedFilename().replace(days, 'DAYS'), lines: bytes.toString().split('\r\n') };
  };

  const all = await saved('Connections');
  assert.deepEqual([all.pathname, all.step, all.name], ['/api/v1/analytics/accounts', 'day', 'analytics-accounts-DAYS.csv']);
  assert.match(all.lines[0], /^accountId,displayName,uptime,/);
  assert.ok(all.lines[1].startsWith(`${id},"Front desk, São Paulo",`));
  const messages = await saved('Messages');
  assert.deepEqual([messages.pathname, messages.name], ['/api/v1/analytics/messages', 'analytics-messages-DAYS.csv']);
  assert.match(messages.lines[1], /,all,0,/);

  // The file contains the account and the period that the page shows.
  const ofOne = page.waitForResponse((response) => response.url().includes(id));
  await page.getByLabel('Account', { exact: true }).selectOption({ label: 'Front desk, São Paulo' });
  await ofOne;
  const hourly = page.waitForResponse((response) => response.url().includes('step=hour'));
  await page.getByLabel('Period').selectOption({ label: 'Last 24 hours' });
  await hourly;
  await page.getByRole('table', { name: 'Uptime' }).getByRole('row').nth(24).waitFor({ state: 'attached' });
  const one = await saved('Connections');
  assert.deepEqual([one.pathname, one.step, one.name], [`/api/v1/analytics/accounts/${id}`, 'hour', 'analytics-account-front-desk-são-paulo-DAYS.csv']);
  const shown = await page.getByRole('table', { name: 'Uptime' }).getByRole('row').count();
  // The file has a row of names and an empty line at its end. The table has a row of names, too.
  assert.equal(one.lines.length - 1, shown);

  await page.route('**/analytics/messages?*', (route) => route.abort());
  await page.getByRole('button', { name: 'Messages as CSV' }).click();
  await page.getByText('The server does not answer.').waitFor();
  await page.unroute('**/analytics/messages?*');
  const again = await saved('Messages');
  assert.equal(again.name, 'analytics-messages-front-desk-são-paulo-DAYS.csv');
});
