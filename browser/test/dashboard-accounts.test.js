// Accounts in the dashboard: it shows changes as they happen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture } from '../page.js';
import { fits, isAccessible, world } from '../world.js';

test('an outage and its recovery appear at once, and unlinking and deleting ask for confirmation', async (t) => {
  const { whatsim, link, signedIn } = await world(t);
  const id = await link('15551234567', 'Front desk');
  const page = await signedIn();
  const row = page.getByRole('list', { name: 'Accounts' }).getByRole('listitem').filter({ hasText: 'Front desk' });
  await row.getByText('Connected', { exact: true }).waitFor();
  await page.getByText('Nothing needs you.').waitFor();
  await isAccessible(page);
  await picture(page, 'accounts');

  const { id: refused } = await whatsim.call('POST', '/faults', { scope: 'all', kind: 'refuse_connect' });
  await whatsim.call('POST', '/faults', { scope: 'all', kind: 'drop_connection' });
  await row.getByText('Connection lost').or(row.getByText('Reconnecting')).waitFor();
  await picture(page, 'accounts-outage');
  await whatsim.call('DELETE', `/faults/${refused}`);
  await row.getByText('Connected', { exact: true }).waitFor();

  await page.getByRole('link', { name: 'Front desk' }).click();
  await page.getByText('Nothing is wrong with this account.').waitFor();
  await page.getByText('Connection lost').or(page.getByText('Reconnecting')).first().waitFor();
  await isAccessible(page);
  await picture(page, 'account');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Test' }).click();
  await page.getByText('Without a proxy, WhatsApp answered after').waitFor();
  await page.getByRole('textbox', { name: 'Proxy' }).fill('socks5://127.0.0.1:1');
  await page.getByRole('button', { name: 'Test' }).click();
  await page.getByText('The proxy cannot be reached.').waitFor();
  await isAccessible(page);
  await picture(page, 'account-settings');
  await page.getByRole('button', { name: 'Unlink' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
  await page.getByText('Unlinked', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  assert.ok(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), 'the name must be typed');
  await dialog.getByRole('textbox').fill('Front desk');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Link your first phone' }).waitFor();
  assert.ok(!page.url().includes(id));
});

test('a pairing code that is typed on the phone links the account', async (t) => {
  const { whatsim, signedIn } = await world(t);
  await whatsim.phone('15551234567', 'Sales');
  const page = await signedIn(undefined, '#/link');
  await page.getByLabel('Name').fill('Sales');
  await page.getByRole('button', { name: 'Show the code' }).click();
  await page.getByRole('button', { name: 'Type a code' }).click();
  await page.getByLabel('Phone number').fill('+1 (555) 123-4567');
  await page.getByRole('button', { name: 'Get a code' }).click();
  const shown = page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  await shown.waitFor();
  await isAccessible(page);
  await picture(page, 'link-code');
  await whatsim.call('POST', '/phones/15551234567/pairing-code', { code: (await shown.textContent()).replace('-', '') });
  await page.getByRole('heading', { name: 'Linked' }).waitFor();
});

test('500 accounts can be listed, scrolled and searched, also on a phone screen', async (t) => {
  const many = 500;
  const { server, token, signedIn } = await world(t, { environment: { WHATSAPP_MAX_CONNECTIONS: '1000', WHATSAPP_MAX_PAIRINGS: '1000', WHATSAPP_ENDPOINT: 'ws://127.0.0.1:9/ws/chat' } });
  const { key } = (await server.call('POST', '/api-keys', { name: 'many' }, token)).body;
  for (let made = 0; made < many; made += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => server.call('POST', '/whatsapp/connect', { displayName: `Shop ${made + n + 1}` }, key)));
  }
  const page = await signedIn();
  const rows = page.getByRole('list', { name: 'Accounts' }).getByRole('listitem');
  await page.getByRole('button', { name: `All ${many}` }).waitFor();
  await isAccessible(page);
  for (const step of [200, 400, 1_600]) {
    const { most, mostAtOnce, frames } = await scrolled(page, step);
    assert.ok(frames > 10, `${frames} frames`);
    assert.ok(most < 100, `what is far from the screen is not drawn: ${most} rows at ${step} px a frame`);
    assert.equal(mostAtOnce, 1, `a frame makes the rows of one part, at ${step} px a frame`);
  }
  await page.keyboard.press('End');
  await rows.filter({ hasText: 'Shop 500' }).waitFor();
  await page.getByLabel('Search by name, number or tag').fill('shop 499');
  await page.getByText('Shop 499').first().waitFor();
  assert.equal(await rows.count(), 1);
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page);
  await picture(page, 'accounts-phone');
});

/**
 * Scrolls to the end and back, by `step` pixels per frame. Returns the number of frames, the most rows in any
 * frame, and the most parts of the list that one frame added.
 */
function scrolled(page, step) {
  return page.evaluate(async (step) => {
    const seen = { frames: 0, most: 0, mostAtOnce: 0 };
    let known = new Set(document.querySelectorAll('ul[data-part]'));
    for (const by of [step, -step]) {
      let before;
      do {
        before = scrollY;
        scrollBy(0, by);
        await new Promise(requestAnimationFrame);
        const parts = [...document.querySelectorAll('ul[data-part]')];
        seen.frames++;
        seen.most = Math.max(seen.most, document.querySelectorAll('ul[data-part] > li').length);
        seen.mostAtOnce = Math.max(seen.mostAtOnce, parts.filter((part) => !known.has(part)).length);
        known = new Set(parts);
      } while (scrollY !== before);
    }
    return seen;
  }, step);
}
