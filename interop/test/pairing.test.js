import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Companion } from '../companion.js';
import { OwnWhatsim } from '../whatsim.js';

let sim;
before(async () => (sim = await OwnWhatsim.start()));
after(async () => await sim.stop());

test('Baileys links by QR code and logs in again with the stored session', async () => {
  const { number } = await sim.newPhone({ name: 'Ann' });
  const companion = await new Companion(sim).linkByQr(number);
  assert.equal(await companion.pushName(), 'Ann', 'from app state');
  assert.equal((await sim.devices(number)).length, 1);

  companion.hangUp();
  await companion.connect();
  assert.equal((await sim.devices(number)).length, 1);
  companion.hangUp();
});

test('Baileys links by pairing code', async () => {
  const { number } = await sim.newPhone();
  const companion = await new Companion(sim).linkByCode(number);
  assert.equal((await sim.devices(number)).length, 1);
  companion.hangUp();
});

test('a mistyped pairing code links nothing', async () => {
  const { number } = await sim.newPhone();
  const mistyping = Object.create(sim, {
    socketUrl: { value: sim.socketUrl },
    typeCode: { value: async (to, code) => await sim.typeCode(to, code === 'ABCDEFGH' ? '12345678' : 'ABCDEFGH') },
  });
  await assert.rejects(new Companion(mistyping).linkByCode(number));
  assert.deepEqual(await sim.devices(number), []);
});
