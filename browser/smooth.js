// Measures how smoothly the list of many accounts moves: node smooth.js [ACCOUNTS]. For each action, it prints the slowest
// frames and the longest tasks of the page. Other work of the machine makes frames slow too, so it also prints how much
// processor time the longest tasks took.

import { openPage } from './page.js';
import { alone, signIn, world } from './world.js';

const many = Number(process.argv[2] ?? 500);

await alone(async (here) => {
  const { whatsim, server, token, link } = await world(here, { environment: { WHATSAPP_MAX_CONNECTIONS: '2000', WHATSAPP_MAX_PAIRINGS: '100' } });
  // Use an API key, because a program may create more accounts in a minute than a person.
  const { key } = (await server.call('POST', '/api-keys', { name: 'many' }, token)).body;
  for (let made = 0; made < many; made += 5) {
    await Promise.all(Array.from({ length: Math.min(5, many - made) }, (_, n) => link(String(15550001000 + made + n), `Shop ${made + n + 1}`, key)));
  }
  const page = await openPage(here, server.base, { viewport: { width: 1280, height: 800 } });
  const browser = page.context().browser();

  /** Runs `work` and prints the slowest frames and the longest tasks of the page meanwhile. */
  async function measure(name, work) {
    await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
    await page.evaluate(() => {
      const seen = { frames: [], long: [], isOver: false };
      globalThis.smooth = seen;
      new PerformanceObserver((list) => seen.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
      let last = performance.now();
      const frame = (now) => {
        seen.frames.push(now - last);
        last = now;
        if (!seen.isOver) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    await work();
    // The browser reports long tasks with a short delay.
    await page.waitForTimeout(300);
    const { frames, long } = await page.evaluate(() => Object.assign(globalThis.smooth, { isOver: true }));
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const mains = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
    const tasks = traceEvents.filter(({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && mains.has(`${pid} ${tid}`));
    const slowest = (list) => list.sort((a, b) => b - a).slice(0, 5).map((ms) => ms.toFixed(0)).join(' ') || 'none';
    console.log(`${name}: ${frames.length} frames, ${frames.filter((ms) => ms > 100).length} over 100 ms
    slowest frames ${slowest(frames)} ms; long tasks ${slowest(long)} ms; processor time of the longest tasks ${slowest(tasks.map(({ tdur }) => (tdur ?? 0) / 1000))} ms`);
  }

  /** Scrolls to the end of the page and back, by `step` pixels per frame. */
  const scroll = (step) => page.evaluate(async (step) => {
    for (const by of [step, -step]) {
      let before;
      do {
        before = scrollY;
        scrollBy(0, by);
        await new Promise(requestAnimationFrame);
      } while (scrollY !== before);
    }
  }, step);

  await measure('sign in, until all are listed', async () => {
    await signIn(page);
    await page.getByRole('button', { name: `All ${many}` }).waitFor();
  });
  for (const view of ['List', 'Cards']) {
    await measure(view, () => page.getByRole('button', { name: view, exact: true }).click());
    for (const step of [60, 400, 1_600]) await measure(`${view}, scrolled by ${step} px a frame`, () => scroll(step));
    await measure(`${view}, by the wheel`, async () => {
      await page.mouse.move(640, 500);
      for (let turn = 0; turn < 60; turn++) await page.mouse.wheel(0, turn < 30 ? 900 : -900);
    });
    await measure(`${view}, to the end and to the beginning`, async () => {
      for (const key of ['End', 'Home', 'End', 'Home']) {
        await page.keyboard.press(key);
        await page.waitForTimeout(400);
      }
    });
  }
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await measure('search', async () => {
    await page.getByRole('searchbox').pressSequentially('shop 29', { delay: 60 });
    await page.getByRole('searchbox').fill('');
  });
  await measure('all accounts lose their connection, 10 s', async () => {
    await whatsim.call('POST', '/faults', { scope: 'all', kind: 'drop_connection' });
    await page.waitForTimeout(10_000);
  });
});
