import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Companion } from '../companion.js';
import { OwnWhatsim } from '../whatsim.js';

let sim;
before(async () => (sim = await OwnWhatsim.start()));
after(async () => await sim.stop());

async function linked(profile) {
  const { number } = await sim.newPhone(profile);
  return { number, companion: await new Companion(sim).linkByQr(number) };
}

test('Baileys and a phone text each other', async () => {
  const { number, companion } = await linked();
  const { number: friend } = await sim.newPhone();

  await companion.say(friend, 'hello, phone');
  await sim.heard(friend, 'hello, phone');
  await sim.say(friend, number, 'hello, Baileys');
  await companion.hear('hello, Baileys');
  await companion.say(friend, 'in the same session');
  await sim.heard(friend, 'in the same session');
  companion.hangUp();
});

test('two Baileys clients text each other and get receipts', async () => {
  const ann = await linked();
  const bob = await linked();

  const { key } = await ann.companion.say(bob.number, 'hello, Bob');
  await bob.companion.hear('hello, Bob');
  await ann.companion.delivered(key);
  await bob.companion.say(ann.number, 'hello, Ann');
  await ann.companion.hear('hello, Ann');
  await sim.heard(bob.number, 'hello, Bob');
  ann.companion.hangUp();
  bob.companion.hangUp();
});

test('messages also arrive when LIDs replace the phone numbers', async () => {
  const ann = await linked({ lid: true });
  const bob = await linked({ lid: true });
  for (const text of ['one', 'two']) {
    await ann.companion.say(bob.number, text);
    await bob.companion.hear(text);
    await sim.heard(bob.number, text);
    await bob.companion.say(ann.number, `${text} back`);
    await ann.companion.hear(`${text} back`);
  }
  await sim.say(ann.number, bob.number, 'from a phone');
  await bob.companion.hear('from a phone');
  ann.companion.hangUp();
  bob.companion.hangUp();
});

test('messages wait for a linked device that is offline', async () => {
  const { number, companion } = await linked();
  const { number: friend } = await sim.newPhone();
  companion.hangUp();

  await sim.say(friend, number, 'while you were away');
  await companion.connect();
  const message = await companion.hear('while you were away');
  assert.ok(message.key.id);
  companion.hangUp();
});
