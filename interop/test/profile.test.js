import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Companion } from '../companion.js';
import { OwnWhatsim } from '../whatsim.js';

let sim;
before(async () => (sim = await OwnWhatsim.start()));
after(async () => await sim.stop());

test('a picture can be downloaded from the address that the server gives', async () => {
  const { number } = await sim.newPhone();
  const companion = await new Companion(sim).linkByQr(number);
  await assert.rejects(companion.pictureUrl(number), /item-not-found/);
  const picture = Buffer.from('a picture');
  await sim.call('POST', `/admin/phones/${number}/profile`, { picture: picture.toString('base64') });
  const answer = await fetch(await companion.pictureUrl(number));
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), picture);
  companion.hangUp();
});
