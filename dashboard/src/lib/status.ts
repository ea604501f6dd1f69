// Colours and texts of states, reasons and levels.
import { t } from '../i18n/index.svelte.ts';
import type { Account, ConnectionState, HealthLevel, Status } from '../api/model.ts';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'off';

export function stateTone(state: ConnectionState): Tone {
  return ({ Connected: 'ok', Connecting: 'info', Disconnected: 'off', Failed: 'bad' } as const)[state];
}

export function levelTone(level: HealthLevel): Tone {
  return ({ Healthy: 'ok', Warning: 'warn', Critical: 'bad' } as const)[level];
}

export function reasonName(code: string): string {
  return t().reasons[code] ?? code.replaceAll('_', ' ');
}

/**
 * A sentence for people about a reason: the translated sentence, or the server's sentence, which has more details.
 */
export function reasonText(about: { code?: string; reason?: string; message: string }): string {
  return t().reasonTexts[about.code ?? about.reason ?? ''] ?? about.message;
}

/**
 * What a user can do in the dashboard about an account; null if nothing has to be done, or if it must be done
 * elsewhere.
 */
export function remedy(status: Status): 'link' | 'resume' | 'connect' | 'show' | null {
  switch (status.reason) {
    case 'paused':
      return 'resume';
    case 'pairing':
    case 'linking':
    case 'passkey_required':
    case 'passkey_confirmation':
      return 'show';
    case 'online':
      return null;
    case 'retries_exhausted':
    case 'proxy_failed':
    case 'replaced':
    case 'temporarily_banned':
    case 'account_locked':
    case 'refused':
    case 'client_outdated':
    case 'session_unreadable':
      return 'connect';
    default:
      return status.state === 'Connecting' ? null : 'link';
  }
}

/** Whether the account can be paused. */
export function canPause(account: Account): boolean {
  return account.connectionStatus === 'Connected' || account.connectionStatus === 'Connecting';
}
