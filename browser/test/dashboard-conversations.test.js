// Conversations in the dashboard: inbound and outbound messages, and that text from people is never run as code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture } from '../page.js';
import { fits, isAccessible, world } from '../world.js';

/** A picture of one blue pixel. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC', 'base64');
const HOSTILE = '<svg onload=alert(1)>';

test('an inbound message appears and is answered, and the ticks of the answer change', async (t) => {
  const { whatsim, link, signedIn } = await world(t);
  await link('15551234567', 'Front desk');
  await whatsim.phone('15557654321', 'Ben');
  const page = await signedIn(undefined, '#/conversations');
  await page.getByRole('heading', { name: 'No chats yet' }).waitFor();
  await whatsim.say('15557654321', '15551234567', 'Is my order ready?');
  await page.getByRole('link', { name: /Ben/ }).click();
  const log = page.getByRole('log');
  await log.getByText('Is my order ready?').waitFor();

  await log.getByText('Is my order ready?').hover();
  await log.getByRole('button', { name: 'Reply' }).click();
  await page.getByText('Reply to Ben').waitFor();
  await page.getByRole('textbox', { name: 'Write a message' }).fill('Yes, at five.');
  await page.keyboard.press('Enter');
  const sent = log.getByRole('listitem').filter({ hasText: 'Yes, at five.' });
  await sent.getByRole('img', { name: 'Delivered' }).waitFor();
  const lines = await log.getByRole('listitem').allInnerTexts();
  const place = (text) => lines.findIndex((line) => line.includes(text));
  assert.ok(place('Yes, at five.') > place('Is my order ready?'), `the answer stands below: ${lines}`);
  // Sending an answer also marks the earlier messages as read.
  await page.getByRole('button', { name: 'Mark as read' }).waitFor({ state: 'detached' });
  const { data } = await whatsim.call('GET', '/phones/15557654321/inbox?after=0');
  assert.equal(data[0].text?.body ?? data[0].text, 'Yes, at five.');
  await whatsim.call('POST', '/phones/15557654321/receipts', { chat: '15551234567', ids: [data[0].id], type: 'read' });
  await sent.getByRole('img', { name: 'Read' }).waitFor();
  await isAccessible(page);
  await picture(page, 'conversation');
});

test('names and messages that contain HTML are shown as text, also on a phone screen', async (t) => {
  const { whatsim, link, signedIn } = await world(t);
  await link('15551234567', 'Front desk');
  await whatsim.phone('15557654321', HOSTILE);
  await whatsim.say('15557654321', '15551234567', `<script>alert(1)</script> ${'x'.repeat(400)}`);
  const page = await signedIn(undefined, '#/conversations', { viewport: { width: 360, height: 740 } });
  const alerts = [];
  page.on('dialog', (dialog) => alerts.push(dialog.dismiss()));
  await page.getByRole('link', { name: HOSTILE }).click();
  await page.getByRole('heading', { name: HOSTILE }).waitFor();
  await page.getByRole('log').getByText('<script>alert(1)</script>').waitFor();
  await fits(page);
  await picture(page, 'conversation-hostile');
  await page.goto(`${new URL(page.url()).origin}/#/events`);
  await page.getByRole('button', { name: /message\.received/ }).first().waitFor();
  await fits(page);
  assert.equal(alerts.length, 0);
});

test('a picture and a document are sent from the page', async (t) => {
  const { whatsim, link, signedIn } = await world(t);
  await link('15551234567', 'Front desk');
  await whatsim.phone('15557654321', 'Ben');
  await whatsim.say('15557654321', '15551234567', 'May I see it?');
  const page = await signedIn(undefined, '#/conversations');
  await page.getByRole('link', { name: /Ben/ }).click();
  const log = page.getByRole('log');
  await log.getByText('May I see it?').waitFor();
  const choose = page.locator('input[type=file]');
  const files = page.getByRole('list', { name: 'Files to send' });

  await choose.setInputFiles([
    { name: 'order 77.png', mimeType: 'image/png', buffer: PNG },
    { name: 'terms.txt', mimeType: 'text/plain', buffer: Buffer.from('in seven days') },
    { name: 'not wanted.txt', mimeType: 'text/plain', buffer: Buffer.from('x') },
  ]);
  await files.getByText('order 77.png').waitFor();
  await page.getByRole('button', { name: 'Remove not wanted.txt' }).click();
  await page.getByRole('textbox', { name: 'Write a message' }).fill('There it is');
  await isAccessible(page);
  await picture(page, 'conversation-files');
  await page.getByRole('button', { name: 'Send' }).click();
  const sent = log.getByRole('listitem').filter({ hasText: 'There it is' });
  await sent.getByRole('img', { name: 'Delivered' }).waitFor();
  await sent.locator('img.image').waitFor();
  const document = log.getByRole('listitem').filter({ hasText: 'terms.txt' });
  await document.getByRole('img', { name: 'Delivered' }).waitFor();
  await files.waitFor({ state: 'detached' });
  const { data } = await whatsim.call('GET', '/phones/15557654321/inbox?after=0');
  assert.deepEqual(
    data.map((message) => [message.type, message.image?.caption ?? message.document?.fileName, message.image?.size ?? message.document?.size]),
    [['image', 'There it is', PNG.length], ['document', 'terms.txt', 13]],
  );

  await choose.setInputFiles({ name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
  await page.getByRole('status').getByText('empty.txt is empty.').waitFor();
  assert.equal(await files.count(), 0);
});
