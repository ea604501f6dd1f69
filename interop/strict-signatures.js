// Makes Baileys refuse wrong signatures. For a wrong signature, libsignal returns `false`, but Baileys 7.0.0-rc14 only
// notices exceptions. So it would accept any certificate and any prekey. Import this file before Baileys.

import { createRequire } from 'node:module';

const curve = createRequire(import.meta.resolve('baileys'))('libsignal/src/curve.js');
const answer = curve.verifySignature;

curve.verifySignature = (...args) => {
  if (!answer(...args)) throw new Error('signature does not verify');
  return true;
};
