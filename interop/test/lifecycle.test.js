import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Companion } from '../companion.js';
import { until } from '../deadline.js';
import { OwnWhatsim } from '../whatsim.js';

let sim;
before(async () => (sim = await OwnWhatsim.start()));
after(async () => await sim.stop());

const LOGGED_OUT = 401;

test('keepalives are answered and the connection stays open', async () => {
  const { number } = await sim.newPhone();
  const companion = await new Companion(sim, { keepAliveIntervalMs: 200 }).linkByQr(number);
  const emptyResult = ({ tag, attrs, content }) => tag === 'iq' && attrs.type === 'result' && !content;
  for (let answers = 0; answers < 10; answers++) await companion.stanza(emptyResult, 'answer to a keepalive');

  const { number: friend } = await sim.newPhone();
  await companion.say(friend, 'still here');
  await sim.heard(friend, 'still here');
  companion.hangUp();
});

test('logging out removes the device from the phone', async () => {
  const { number } = await sim.newPhone();
  const companion = await new Companion(sim).linkByQr(number);
  await companion.logout();
  await until(async () => (await sim.devices(number)).length === 0, 'phone without linked devices');

  const refusal = await companion.dial().closed();
  assert.equal(refusal.output.statusCode, LOGGED_OUT, 'the session is worth nothing now');
});

test('a device is logged out when the phone unlinks it', async () => {
  const { number } = await sim.newPhone();
  const companion = await new Companion(sim).linkByQr(number);
  const [device] = await sim.devices(number);
  await sim.call('DELETE', `/admin/phones/${number}/devices/${device}`);
  assert.equal((await companion.closed()).output.statusCode, LOGGED_OUT);
});
