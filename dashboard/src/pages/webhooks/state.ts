// The colours of the states of webhooks and deliveries.
import type { Tone } from '../../lib/status.ts';

export function webhookTone(state: string): Tone {
  return ({ active: 'ok', paused: 'off', failing: 'bad', disabled: 'bad' } as Record<string, Tone>)[state] ?? 'off';
}

export function deliveryTone(status: string): Tone {
  return ({ delivered: 'ok', pending: 'info', dead: 'bad' } as Record<string, Tone>)[status] ?? 'off';
}
