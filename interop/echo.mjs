// A Baileys companion for tests in other languages. Links to the phone of NUMBER, then answers each text with the same
// text after "echo: ". Says what it does, one line each: `linked`, `heard TEXT`. Ends when its input does.
//
//   node echo.mjs http://127.0.0.1:7100 ROOT_KEY_HEX NUMBER

import { Console } from 'node:console';
import { Companion, textOf, trustRoot } from './companion.js';
import { Whatsim } from './whatsim.js';

// libsignal talks to the console, keys included; standard output is ours.
globalThis.console = new Console(process.stderr);
const say = (line) => process.stdout.write(`${line}\n`);

const [base, root, number] = process.argv.slice(2);
trustRoot(Buffer.from(root, 'hex'));
process.stdin.resume().once('end', () => process.exit(0));

const companion = await new Companion(new Whatsim(base)).linkByQr(number);
say('linked');
for (;;) {
  const message = await companion.hear();
  say(`heard ${textOf(message)}`);
  await companion.reply(message, `echo: ${textOf(message)}`);
}
