// All accounts that the user can reach. Several pages show them. Events keep them up to date.
import { SvelteMap } from 'svelte/reactivity';
import { all, api, ask } from '../api/client.ts';
import { asRefusal, type Refusal } from '../api/refusal.ts';
import type { Account, LiveEvent, Status } from '../api/model.ts';
import { live } from '../live/live.svelte.ts';

/** Counters change with every message, so they are read again at most this often. */
const COUNTERS_EVERY_MS = 5_000;
/**
 * Changes that arrive within this time are shown together, and accounts are read together. So an outage of
 * hundreds of accounts changes the page once.
 */
const FRAME_MS = 16;
/** If more accounts than this have changed, the whole list is read again. */
const FEW = 10;

class Accounts {
  #byId = new SvelteMap<string, Account>();
  loaded = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  #ends: (() => void)[] = [];
  #asked = new Map<string, ReturnType<typeof setTimeout>>();
  /** Statuses that have arrived and accounts that must be read again, since the last update of the page. */
  #heard = new Map<string, Status>();
  #due = new Set<string>();
  #frame: ReturnType<typeof setTimeout> | undefined;
  #isAskingForAll = false;
  /** Accounts that were deleted. A response that was sent before the deletion must not bring them back. */
  #gone = new Set<string>();
  /**
   * The number of the latest request for each account. Responses may arrive in a different order than the
   * requests.
   */
  #questions = new Map<string, number>();

  get list(): Account[] {
    return [...this.#byId.values()];
  }

  get(id: string): Account | undefined {
    return this.#byId.get(id);
  }

  start() {
    this.#ends = [live.on((event) => this.#hear(event)), live.onAgain(() => void this.load())];
    void this.load();
  }

  stop() {
    this.#ends.forEach((end) => end());
    this.#asked.forEach((timer) => clearTimeout(timer));
    this.#asked.clear();
    clearTimeout(this.#frame);
    this.#frame = undefined;
    this.#heard.clear();
    this.#due.clear();
    this.#byId.clear();
    this.#gone.clear();
    this.#questions.clear();
    this.loaded = false;
    this.refusal = null;
  }

  load = async () => {
    try {
      const list = await all((cursor) => ask(api.GET('/api/v1/whatsapp/accounts', { params: { query: { limit: 200, cursor } } })));
      const there = new Set(list.map(({ id }) => id));
      list.forEach((account) => this.put(account));
      for (const id of [...this.#byId.keys()]) if (!there.has(id)) this.#byId.delete(id);
      this.refusal = null;
      this.loaded = true;
    } catch (thrown) {
      this.refusal = asRefusal(thrown);
    }
  };

  /** Stores an account from a response. */
  put(account: Account) {
    if (!this.#gone.has(account.id)) this.#byId.set(account.id, account);
  }

  /** Removes an account that was deleted. */
  remove(id: string) {
    this.#gone.add(id);
    this.#byId.delete(id);
  }

  /** Reads an account again. If the user cannot reach it any more, it is removed from the list. */
  async reload(id: string): Promise<void> {
    const question = (this.#questions.get(id) ?? 0) + 1;
    this.#questions.set(id, question);
    const isOvertaken = () => this.#questions.get(id) !== question;
    try {
      const account = await ask(api.GET('/api/v1/whatsapp/accounts/{accountId}', { params: { path: { accountId: id } } }));
      if (!isOvertaken()) this.put(account);
    } catch (thrown) {
      // A 404 does not always mean that the account was deleted. Perhaps the account is no longer shared with the user.
      // It may be shared again later, so do not note it as deleted.
      if (asRefusal(thrown).status === 404 && !isOvertaken()) this.#byId.delete(id);
    }
  }

  #hear(event: LiveEvent) {
    const id = event.accountId;
    if (!id) return;
    if (event.type === 'account.deleted') return this.remove(id);
    if (event.type === 'account.status') {
      // The event contains only the status, so request the rest of the account a moment later.
      this.#heard.set(id, event.data.to as Status);
      this.#nextFrame();
    }
    if (event.type.startsWith('account.')) this.#soon(id, 60);
    else if (event.type === 'message.received' || event.type === 'message.status') this.#soon(id, COUNTERS_EVERY_MS);
  }

  #soon(id: string, ms: number) {
    const waiting = this.#asked.get(id);
    if (waiting && ms > 1_000) return;
    clearTimeout(waiting);
    const timer = setTimeout(() => {
      this.#asked.delete(id);
      this.#due.add(id);
      this.#nextFrame();
    }, ms);
    this.#asked.set(id, timer);
  }

  #nextFrame() {
    this.#frame ??= setTimeout(() => {
      this.#frame = undefined;
      this.#show();
      this.#ask();
    }, FRAME_MS);
  }

  #show() {
    for (const [id, status] of this.#heard) {
      const known = this.#byId.get(id);
      if (known) this.put({ ...known, status, connectionStatus: status.state });
    }
    this.#heard.clear();
  }

  #ask() {
    // A request for the whole list is under way, and its response may be older than the latest events. So reload
    // single accounts only after the response.
    if (this.#isAskingForAll) return;
    const due = [...this.#due];
    this.#due.clear();
    if (due.length <= FEW) return due.forEach((id) => void this.reload(id));
    due.forEach((id) => this.#questions.set(id, (this.#questions.get(id) ?? 0) + 1));
    this.#isAskingForAll = true;
    void this.load().finally(() => {
      this.#isAskingForAll = false;
      if (this.#due.size) this.#nextFrame();
    });
  }
}

export const accounts = new Accounts();

/**
 * Whether a person must do something about the account. Returns false if the account works, or will work again without
 * help.
 */
export function needsAttention(account: Account): boolean {
  const { state, reason, action } = account.status;
  if (state === 'Failed') return true;
  if (state === 'Disconnected') return reason !== 'paused' && reason !== 'user_disconnected';
  if (action === 'passkey') return true;
  return account.healthStatus === 'Critical';
}

/** How urgent the account's problem is. The most urgent accounts have the lowest number. */
export function urgency(account: Account): number {
  const { state, reason } = account.status;
  if (state === 'Failed') return 0;
  if (account.healthStatus === 'Critical') return 1;
  if (needsAttention(account)) return 2;
  if (state === 'Connecting') return 3;
  if (account.healthStatus === 'Warning' && state === 'Connected') return 4;
  return state === 'Connected' ? 5 : reason === 'paused' ? 6 : 7;
}
