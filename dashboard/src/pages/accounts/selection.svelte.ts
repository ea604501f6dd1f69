// Which accounts are shown, and which of them are selected.
import type { Account } from '../../api/model.ts';
import { accounts, needsAttention, urgency } from '../../lib/accounts.svelte.ts';
import { newestFirst } from '../../lib/newest.ts';

export type Filter = 'all' | 'attention' | 'connected' | 'connecting' | 'off';
export type Sort = 'attention' | 'name' | 'usage' | 'newest';

const FILTERS: Record<Filter, (account: Account) => boolean> = {
  all: () => true,
  attention: needsAttention,
  connected: ({ connectionStatus }) => connectionStatus === 'Connected',
  connecting: ({ connectionStatus }) => connectionStatus === 'Connecting',
  off: ({ connectionStatus }) => connectionStatus === 'Disconnected' || connectionStatus === 'Failed',
};

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const share = (account: Account) => (account.dailyLimit ? account.messagesSentToday / account.dailyLimit : 0);
const name = (a: Account, b: Account) => byName.compare(a.displayName, b.displayName);

const SORTS: Record<Sort, (a: Account, b: Account) => number> = {
  attention: (a, b) => urgency(a) - urgency(b) || name(a, b),
  name,
  usage: (a, b) => share(b) - share(a) || b.messagesSentToday - a.messagesSentToday || name(a, b),
  newest: (a, b) => newestFirst(a.createdAt, b.createdAt),
};

/** The digits of a text, so that a number is found in any spelling. */
const digits = (text: string) => text.replace(/\D/g, '');

export class Selection {
  filter = $state<Filter>('all');
  sort = $state<Sort>('attention');
  text = $state('');
  view = $state<'list' | 'cards'>('list');
  #chosen = $state.raw<ReadonlySet<string>>(new Set());

  counts = $derived.by(() => {
    const list = accounts.list;
    const count = (filter: Filter) => list.reduce((sum, account) => sum + (FILTERS[filter](account) ? 1 : 0), 0);
    return { all: list.length, attention: count('attention'), connected: count('connected'), connecting: count('connecting'), off: count('off') };
  });

  shown = $derived.by(() => {
    const text = this.text.trim().toLowerCase();
    const number = digits(text);
    const matches = (account: Account) =>
      !text ||
      account.displayName.toLowerCase().includes(text) ||
      account.tags.some((tag) => tag.toLowerCase().includes(text)) ||
      (number.length > 2 && digits(account.phoneNumber ?? '').includes(number));
    return accounts.list.filter((account) => FILTERS[this.filter](account) && matches(account)).sort(SORTS[this.sort]);
  });

  get chosen(): Account[] {
    return accounts.list.filter(({ id }) => this.#chosen.has(id));
  }

  isChosen(id: string): boolean {
    return this.#chosen.has(id);
  }

  get areAllChosen(): boolean {
    return this.shown.length > 0 && this.shown.every(({ id }) => this.#chosen.has(id));
  }

  choose(id: string, yes: boolean) {
    const next = new Set(this.#chosen);
    if (yes) next.add(id);
    else next.delete(id);
    this.#chosen = next;
  }

  chooseAll(yes: boolean) {
    this.#chosen = new Set(yes ? this.shown.map(({ id }) => id) : []);
  }
}
