// Computes from the account's timeline how long it was connected.
import type { TimelineEntry } from '../../api/model.ts';

export interface Stretch {
  state: TimelineEntry['state'];
  from: number;
  until: number;
}

/** The states between `from` and `until`, the earliest first. */
export function stretches(timeline: TimelineEntry[], from: number, until: number): Stretch[] {
  return timeline
    .map(({ state, since, until: end }) => ({ state, from: Math.max(from, Date.parse(since)), until: end ? Math.min(until, Date.parse(end)) : until }))
    .filter((stretch) => stretch.until > stretch.from)
    .reverse();
}

/** The share of the known time in which the account was connected; null if no time is known. */
export function share(list: Stretch[]): number | null {
  const known = list.reduce((sum, { from, until }) => sum + until - from, 0);
  const connected = list.filter(({ state }) => state === 'Connected').reduce((sum, { from, until }) => sum + until - from, 0);
  return known > 0 ? (connected / known) * 100 : null;
}
