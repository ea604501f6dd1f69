// Analytics in the dashboard: numbers of what really happened, also for those who see no charts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture } from '../page.js';
import { fits, isAccessible, world } from '../world.js';

test('what happened is on the page, as charts and as tables', async (t) => {
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
  // Those who do not see the bars read the same numbers.
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
