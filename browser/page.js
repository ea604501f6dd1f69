// A page in Debian's Chromium, for a test: whatever it complains about on its console fails the test.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
/** Where pictures go, for people to look at; none are taken without it. */
const PICTURES = process.env.PICTURES;

export function launch() {
  return chromium.launch({
    executablePath: EXECUTABLE,
    // The sandbox needs rights that a container seldom has; the only pages that it opens are ours.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export async function openPage(test, url, options = {}) {
  const browser = await launch();
  const complaints = [];
  test.after(async () => {
    await browser.close();
    assert.deepEqual(complaints, []);
  });
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => {
    // Chromium writes a line for each answer of 400 and above; what the page makes of it is for the test to see.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return page;
}

/** Takes a picture for people to look at. */
export async function picture(page, name) {
  if (!PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}
