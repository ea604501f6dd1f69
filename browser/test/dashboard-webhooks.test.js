// Webhooks in the dashboard: create one, test it, see its deliveries, and send an event again.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { picture } from '../page.js';
import { isAccessible, world } from '../world.js';

test('a webhook is created and tested, its deliveries appear, and an event is sent again', async (t) => {
  const { link, signedIn } = await world(t, { environment: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.1/32' } });
  const got = [];
  const receiver = createServer((request, response) => {
    request.resume();
    got.push(request.headers['webhook-id']);
    response.end('<b>thanks</b>');
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.after(() => receiver.close());
  const url = `http://127.0.0.1:${receiver.address().port}/hook`;

  const page = await signedIn(undefined, '#/webhooks');
  await page.getByRole('button', { name: 'Add a webhook' }).first().click();
  await page.getByLabel('Address').fill(url);
  await page.getByLabel('Description').fill('CRM');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText(/^whsec_/).waitFor();
  await picture(page, 'webhook-secret');
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('heading', { name: 'CRM' }).waitFor();
  assert.equal(await page.getByText(/whsec_/).count(), 0, 'a secret is shown once');

  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('Your program took the test').waitFor();
  await link('15551234567', 'Front desk');
  const linked = page.getByRole('button', { name: /account\.linked/ });
  await linked.filter({ hasText: 'Delivered' }).waitFor();
  await isAccessible(page);
  await picture(page, 'webhook');

  await linked.click();
  await page.getByText('<b>thanks</b>').waitFor();
  const before = got.length;
  await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
  await page.getByText('1 event is sent again.').waitFor();
  while (got.length === before) await once(receiver, 'request');
  assert.ok(got.slice(0, before).includes(got.at(-1)), 'with the id that it had');
});
