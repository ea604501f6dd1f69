// The types of events that a person can choose, and the groups of types.

export const families = ['account.*', 'message.*', 'media.*', 'chat.*', 'contact.*', 'group.*'] as const;

export const types = [
  'account.created', 'account.updated', 'account.deleted', 'account.status', 'account.qr', 'account.linked', 'account.profile',
  'account.health', 'account.restriction', 'account.phone_offline', 'account.reconnect_loop', 'message.received', 'message.echo',
  'message.accepted', 'message.status', 'message.undecryptable', 'message.reaction', 'message.edited', 'message.revoked',
  'chat.updated', 'chat.merged', 'contact.updated', 'contact.merged', 'contact.erased',
] as const;
