// A Baileys companion for tests in other languages. It links to the phone of NUMBER, and then replies to each text with
// "echo: " and the same text. For each step it prints a line: `linked` or `heard TEXT`. It ends when its input is closed.
//
//   node echo.mjs http://127.0.0.1:7100 ROOT_KEY_HEX NUMBER

import { Console } from 'node:console';
import { Companion, textOf, trustRoot } from './companion.js';
import { Whatsim } from './whatsim.js';

// libsignal writes to the console, also keys. Send this to standard error, because the test reads standard output.
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
