// Makes signature checks count. libsignal answers `false` to a bad signature, Baileys 7.0.0-rc14 asks only whether it
// threw: without this, any certificate and any prekey would do. Import it before Baileys.

import { createRequire } from 'node:module';

const curve = createRequire(import.meta.resolve('baileys'))('libsignal/src/curve.js');
const answer = curve.verifySignature;

curve.verifySignature = (...args) => {
  if (!answer(...args)) throw new Error('signature does not verify');
  return true;
};
