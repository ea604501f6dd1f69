// Names of states, reasons and levels, and what a person should do about them. The sentence that explains a reason
// comes from the server, in English, because only the server knows the details.

export const states = {
  Connected: 'Connected',
  Connecting: 'Connecting',
  Disconnected: 'Off',
  Failed: 'Failed',
};

export const levels = {
  Healthy: 'Healthy',
  Warning: 'Warning',
  Critical: 'Critical',
};

/** A short name of a reason, for a badge. */
export const reasons: Record<string, string> = {
  not_linked: 'Not linked',
  paused: 'Paused',
  user_disconnected: 'Unlinked',
  logout_pending: 'Logging out',
  qr_expired: 'Code expired',
  pairing: 'Waiting for the phone',
  passkey_required: 'Passkey needed',
  passkey_confirmation: 'Confirm on the phone',
  linking: 'Linking',
  connecting: 'Connecting',
  network_lost: 'Connection lost',
  server_closed: 'Reconnecting',
  keepalive_timeout: 'No answer',
  service_unavailable: 'WhatsApp unavailable',
  rate_limited: 'Slowed down',
  waiting_for_node: 'Waiting for a server',
  online: 'Connected',
  retries_exhausted: 'Cannot reach WhatsApp',
  logged_out: 'Logged out',
  device_removed: 'Removed on the phone',
  pairing_rejected: 'Link refused',
  wrong_pairing_code: 'Wrong code typed',
  number_not_found: 'Number not found',
  pairing_throttled: 'Too many codes',
  phone_mismatch: 'Wrong phone',
  replaced: 'Opened elsewhere',
  temporarily_banned: 'Banned for a time',
  account_locked: 'Locked by WhatsApp',
  client_outdated: 'Update needed',
  session_unreadable: 'Session unreadable',
  proxy_failed: 'Proxy fails',
  refused: 'Refused by WhatsApp',
  time_locked: 'No new contacts allowed',
  capped: 'New chats stopped',
  capping_second_warning: 'Second warning',
  capping_first_warning: 'First warning',
  phone_offline_critical: 'Phone away too long',
  phone_offline: 'Phone not seen',
  daily_limit_reached: 'Daily limit reached',
  daily_limit_critical: 'Daily limit nearly reached',
  daily_limit_near: 'Daily limit near',
  failure_rate_raised: 'Many messages fail',
};

/**
 * Sentences that replace the server's sentence for a reason. There are none in English, because the server's
 * sentence has more details.
 */
export const reasonTexts: Record<string, string | undefined> = {};

/** What a person should do, for each action. */
export const actions: Record<string, string> = {
  link: 'Link it again',
  resume: 'Resume it',
  remove_device: 'Remove this device on the phone, or wait',
  pair: 'Scan the code with the phone',
  passkey: 'Follow the steps on the phone',
  wait: 'Nothing to do: it goes on by itself',
  none: 'Nothing to do',
  check_network: 'Check the network or the proxy of the server',
  ask_administrator: 'Ask the administrator of this server',
  check_phone: 'Open WhatsApp on the phone and read what it says',
  update: 'Update linekeeper',
  slow_down: 'Write less, to people who know the account',
};
