// Opens a page in Debian's Chromium for a test. The test fails if the page writes an error to the console.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
/** The folder for screenshots that people look at. If it is not set, no screenshots are taken. */
const PICTURES = process.env.PICTURES;

export function launch() {
  return chromium.launch({
    executablePath: EXECUTABLE,
    // Chromium's sandbox needs rights that a container seldom has. The browser opens only this project's own pages, so it
    // can run without the sandbox.
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
    // Ignore the lines that Chromium writes for responses with an error status. The test checks what the page shows then.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return page;
}

/** Takes a screenshot for people to look at. */
export async function picture(page, name) {
  if (!PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}
