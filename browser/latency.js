// Measures how soon the page shows that an account has lost its connection: node latency.js [ACCOUNTS]. Each account loses
// its connection only once, because the server waits longer before it reconnects after each further loss.

import { openPage } from './page.js';
import { alone, signIn, world } from './world.js';

const many = Number(process.argv[2] ?? 20);

await alone(async (here) => {
  const { whatsim, server, link } = await world(here, { environment: { WHATSAPP_MAX_CONNECTIONS: '1000' } });
  const numbers = Array.from({ length: many }, (_, n) => String(15550001000 + n));
  for (const number of numbers) await link(number, `Shop ${number}`);
  const page = await openPage(here, server.base);
  await signIn(page);
  const all = page.getByRole('button', { name: `Connected ${many}` });
  await all.waitFor();

  // Records when the row of each account first shows that the account is not connected.
  await page.evaluate(() => {
    globalThis.lost = {};
    new MutationObserver(() => {
      for (const row of document.querySelectorAll('ul[data-part] > li')) {
        if (!row.querySelector('.state').textContent.includes('Connected')) globalThis.lost[row.querySelector('.name').textContent] ??= Date.now();
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });

  const taken = [];
  for (const number of numbers) {
    const from = Date.now();
    await whatsim.call('POST', '/faults', { scope: number, kind: 'drop_connection' });
    const at = await page.waitForFunction((name) => globalThis.lost[name], `Shop ${number}`);
    taken.push((await at.jsonValue()) - from);
    // Wait until all accounts are connected again before the next measurement.
    await all.waitFor();
  }
  taken.sort((a, b) => a - b);
  console.log(`${many} lost connections, from the fault to the page: half within ${taken[Math.floor(many / 2)]} ms, slowest ${taken.at(-1)} ms`);
  console.log(taken.join(' '));
});
