// The types of events that a person can choose.

import type { components } from '../api/schema.ts';

type EventType = components['schemas']['Event']['type'];

// This is a record, because the compiler checks that a record has every type of the API. It could not check this
// for a list.
const all: Record<EventType, true> = {
  'account.created': true,
  'account.updated': true,
  'account.deleted': true,
  'account.status': true,
  'account.qr': true,
  'account.linked': true,
  'account.profile': true,
  'account.health': true,
  'account.restriction': true,
  'account.phone_offline': true,
  'account.reconnect_loop': true,
  'message.received': true,
  'message.echo': true,
  'message.accepted': true,
  'message.status': true,
  'message.undecryptable': true,
  'message.reaction': true,
  'message.edited': true,
  'message.revoked': true,
  'media.ready': true,
  'media.failed': true,
  'chat.updated': true,
  'chat.merged': true,
  'contact.updated': true,
  'contact.merged': true,
  'contact.erased': true,
};

export const types = Object.keys(all) as EventType[];
