// The periods that the page offers, each with the length of its steps.
export type Step = 'hour' | 'day' | 'week';

export interface Period {
  name: 'day' | 'week' | 'month' | 'quarter' | 'year';
  step: Step;
  days: number;
}

export const periods: readonly Period[] = [
  { name: 'day', step: 'hour', days: 1 },
  { name: 'week', step: 'day', days: 7 },
  { name: 'month', step: 'day', days: 30 },
  { name: 'quarter', step: 'week', days: 90 },
  { name: 'year', step: 'week', days: 365 },
];

/** What the API is asked for: the last days up to this moment. */
export function range({ days, step }: Period, now = Date.now()): { from: string; step: Step } {
  return { from: new Date(now - days * 86_400_000).toISOString(), step };
}

/** The moment at which a bucket begins, short, in the workspace's zone: buckets are cut there. */
export function label(from: string, step: Step, timeZone: string, locale: string): string {
  const form: Intl.DateTimeFormatOptions = step === 'hour' ? { timeStyle: 'short' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, { ...form, timeZone }).format(new Date(from));
}
