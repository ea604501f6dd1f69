// The periods that a user can choose, each with the length of its steps.
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

/** The parameters for the API: the last days up to now. */
export function range({ days, step }: Period, now = Date.now()): { from: string; step: Step } {
  return { from: new Date(now - days * 86_400_000).toISOString(), step };
}

/** A short label for the beginning of a bucket. It uses the workspace's time zone, in which the buckets begin. */
export function label(from: string, step: Step, timeZone: string, locale: string): string {
  const form: Intl.DateTimeFormatOptions = step === 'hour' ? { timeStyle: 'short' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, { ...form, timeZone }).format(new Date(from));
}
