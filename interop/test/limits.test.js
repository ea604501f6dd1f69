import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Companion } from '../companion.js';
import { OwnWhatsim } from '../whatsim.js';

let sim;
before(async () => (sim = await OwnWhatsim.start()));
after(async () => await sim.stop());

const END = '2099-01-01T00:00:00Z';

test('the server pushes a time-lock with its end time, and the time-lock can be lifted', async () => {
  const { number } = await sim.newPhone();
  const companion = await new Companion(sim).linkByQr(number);
  const { id } = await sim.call('POST', '/admin/faults', { scope: number, kind: 'reachout_timelock', until: END });
  const locked = await companion.timeLock();
  assert.equal(locked.isActive, true);
  assert.equal(locked.timeEnforcementEnds.getTime(), Date.parse(END));
  assert.equal(locked.enforcementType, 'WEB_COMPANION_ONLY');
  await sim.call('DELETE', `/admin/faults/${id}`);
  assert.equal((await companion.timeLock()).isActive, false);
  companion.hangUp();
});

test('the server pushes a cap on new chats and also reports it on request', async () => {
  const { number } = await sim.newPhone();
  const companion = await new Companion(sim).linkByQr(number);
  await sim.call('POST', '/admin/faults', { scope: number, kind: 'capping', params: { level: 'second_warning' } });
  for (const info of [await companion.cappingTold(), await companion.cappingAsked()]) {
    assert.equal(info.capping_status, 'SECOND_WARNING');
    assert.equal(info.used_quota, 90);
    assert.equal(info.total_quota, 100);
  }
  companion.hangUp();
});
