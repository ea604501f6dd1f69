import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Companion, REAL_ROOT, trustRoot } from '../companion.js';
import { OwnWhatsim } from '../whatsim.js';

let sim;
before(async () => (sim = await OwnWhatsim.start()));
after(async () => await sim.stop());

test("only a client that trusts the simulator's root key connects to the simulator", async () => {
  const { number } = await sim.newPhone();

  trustRoot(REAL_ROOT);
  const refusal = await new Companion(sim).dial().closed();
  assert.match(String(refusal?.message), /intermediate certificate signature invalid/);

  trustRoot(sim.root);
  const companion = await new Companion(sim).linkByQr(number);
  companion.hangUp();
});
