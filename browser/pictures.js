// Takes the screenshots for the README from a running `make demo`: node pictures.js URL WHATSIM EMAIL PASSWORD FOLDER

import { mkdir } from 'node:fs/promises';
import { launch } from './page.js';
import { signIn } from './world.js';

const [url, whatsim, email, password, folder] = process.argv.slice(2);
const SIZE = { width: 1280, height: 720 };

const phone = async (path, body) => {
  const answer = await fetch(`${whatsim}/admin/phones${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
};

await mkdir(folder, { recursive: true });
await phone('', { number: '447700900123', name: 'Priya Nair' });
await phone('', { number: '5511999990000', name: 'João Souza' });
await phone('/5511999990000/messages', { to: '15550000001', text: 'Boa tarde! Vocês entregam em Campinas?' });
for (const text of ['Hi! Is order 77 on its way?', 'I am at home until six.']) await phone('/447700900123/messages', { to: '15550000001', text });

const browser = await launch();
const page = await (await browser.newContext({ viewport: SIZE })).newPage();
const shot = (name) => page.screenshot({ path: `${folder}/${name}.png` });

await page.goto(url);
await signIn(page, email, password);
await page.getByText('Front desk').first().waitFor();
await shot('accounts');

await page.goto(`${url}/#/conversations`);
await page.getByRole('link', { name: /Priya Nair/ }).click();
const log = page.getByRole('log');
await log.getByText('I am at home until six.').waitFor();
await page.getByRole('textbox', { name: 'Write a message' }).fill('It is: the driver is with you at five.');
await page.keyboard.press('Enter');
await log.getByRole('listitem').filter({ hasText: 'at five' }).getByRole('img', { name: 'Delivered' }).waitFor();
await page.getByRole('link', { name: /Priya Nair/ }).getByRole('img', { name: 'Delivered' }).waitFor();
await shot('conversation');

await page.goto(`${url}/#/link`);
await page.getByLabel('Name').fill('Warehouse');
await page.getByRole('button', { name: 'Show the code' }).click();
await page.getByRole('img', { name: /code/i }).first().waitFor();
await shot('link');
await browser.close();
