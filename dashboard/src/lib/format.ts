// Formats times, numbers and names in the user's language and time zone.
import { spoken, t } from '../i18n/index.svelte.ts';
import { minutes } from './clock.svelte.ts';
import type { Account, Person } from '../api/model.ts';

const kept = new Map<string, Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.NumberFormat>();

/** Reuses formatters, because creating one is slow. */
function keep<T extends Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.NumberFormat>(key: string, make: (locale: string) => T): T {
  const name = `${spoken.locale} ${key}`;
  let made = kept.get(name) as T | undefined;
  if (!made) kept.set(name, (made = make(spoken.locale)));
  return made;
}

export function number(value: number): string {
  return keep('number', (locale) => new Intl.NumberFormat(locale)).format(value);
}

export function percent(value: number): string {
  return keep('percent', (locale) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: value < 10 ? 1 : 0 })).format(value / 100);
}

export function size(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const unit = units[step] ?? 'byte';
  return keep(unit, (locale) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 })).format(bytes / 1000 ** step);
}

/** A date and time, such as `28 Nov 2026, 14:05`. */
export function moment(time: string | number): string {
  return keep('moment', (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })).format(new Date(time));
}

/** A date and time with seconds. */
export function exact(time: string | number): string {
  return keep('exact', (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })).format(new Date(time));
}

export function clockTime(time: string | number): string {
  return keep('clock', (locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'short' })).format(new Date(time));
}

export function day(time: string | number): string {
  const then = new Date(time);
  const today = new Date();
  const days = Math.round((midnight(today) - midnight(then)) / 86_400_000);
  if (days === 0) return t().common.today;
  if (days === 1) return t().common.yesterday;
  const year = then.getFullYear() === today.getFullYear() ? undefined : 'numeric';
  return keep(`day ${year}`, (locale) => new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'long', year })).format(then);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** The time of day if it is today, otherwise the date, as lists of chats show it. */
export function shortTime(time: string): string {
  const then = new Date(time);
  return midnight(then) === midnight(new Date()) ? clockTime(time) : keep('short', (locale) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })).format(then);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** A time relative to now, such as `3 minutes ago` or `in 2 hours`. It stays current. */
export function ago(time: string | number): string {
  const gone = new Date(time).getTime() - minutes.value;
  for (const [unit, length] of STEPS) {
    if (Math.abs(gone) >= length) {
      return keep('ago', (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })).format(Math.trunc(gone / length), unit);
    }
  }
  return t().common.justNow;
}

/** A duration, such as `2 d 4 h` or `3 min 20 s`. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  const [days, hours, mins, secs] = [Math.floor(total / 86_400), Math.floor(total / 3_600) % 24, Math.floor(total / 60) % 60, total % 60];
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return mins ? `${hours} h ${mins} min` : `${hours} h`;
  if (mins) return secs ? `${mins} min ${secs} s` : `${mins} min`;
  return ms > 0 && ms < 1_000 ? `${Math.round(ms)} ms` : `${secs} s`;
}

/** A remaining time, such as `1:09`. */
export function countdown(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

/** The best known name of a person. */
export function personName(person: Person | null | undefined): string {
  if (!person) return t().common.unknownPerson;
  return person.name ?? person.pushName ?? (person.username ? `@${person.username}` : null) ?? person.phone ?? t().common.hiddenNumber;
}

export function accountLabel(account: Account): string {
  return account.phoneNumber ?? t().accounts.noNumber;
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, '').trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...(word ?? '')][0]) : [...(words[0] ?? '')].slice(0, 2);
  return letters.join('').toLocaleUpperCase(spoken.locale) || '#';
}
