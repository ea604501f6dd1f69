// The event log as the page shows it, newest event first. While the user reads older events, new events are held
// back.
import { api, ask } from '../../api/client.ts';
import { asRefusal, type Refusal } from '../../api/refusal.ts';
import type { LiveEvent } from '../../api/model.ts';
import { logEnd } from '../../live/transport.ts';

/** How many event numbers one request covers. */
const SPAN = 300;
/** The maximum number of events on the page. */
const MOST = 1_000;

export class EventLog {
  shown = $state.raw<LiveEvent[]>([]);
  waiting = $state.raw<LiveEvent[]>([]);
  isHeld = $state(false);
  loaded = $state(false);
  busy = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  /** The event number at which the next request for earlier events ends; 0 if all events are shown. */
  from = $state(0);

  constructor(private readonly filter: () => { types?: string; accountId?: string }) {}

  /** Reads the log again, from its end backwards. */
  reload = async () => {
    this.shown = [];
    this.waiting = [];
    this.loaded = false;
    await this.#look(async () => {
      this.from = await logEnd();
    });
    this.loaded = true;
  };

  /** Reads earlier events. */
  earlier = () => this.#look(async () => undefined);

  hear(event: LiveEvent) {
    // Events without a number are not stored in the log. One of their types contains a secret, so do not show them
    // here.
    if (event.seq === null) return;
    const { types, accountId } = this.filter();
    if (accountId && event.accountId !== accountId) return;
    if (types && event.type !== types && !(types.endsWith('*') && event.type.startsWith(types.slice(0, -1)))) return;
    if (this.isHeld) this.waiting = [event, ...this.waiting].slice(0, MOST);
    else if (!this.shown.some(({ id }) => id === event.id)) this.shown = [event, ...this.shown].slice(0, MOST);
  }

  release() {
    this.isHeld = false;
    this.shown = [...this.waiting, ...this.shown].slice(0, MOST);
    this.waiting = [];
  }

  /** Reads backwards until the screen is full or the beginning of the log is reached. */
  async #look(before: () => Promise<void>) {
    this.busy = true;
    this.refusal = null;
    try {
      await before();
      const found: LiveEvent[] = [];
      while (this.from > 0 && found.length < 50) {
        const until = this.from;
        this.from = Math.max(0, until - SPAN);
        const { types, accountId } = this.filter();
        const query = { after: String(this.from), limit: 500, ...(types ? { types: [types] } : {}), ...(accountId ? { accountId } : {}) };
        const page = await ask(api.GET('/api/v1/events', { params: { query: query as never } }));
        const events = (page.data as unknown as LiveEvent[]).filter(({ seq }) => seq !== null && seq <= until);
        found.push(...events.reverse());
        // A gap means that the server has deleted all earlier events, so there is nothing more to request.
        if (page.gap) this.from = 0;
      }
      const known = new Set(this.shown.map(({ id }) => id));
      this.shown = [...this.shown, ...found.filter(({ id }) => !known.has(id))];
    } catch (thrown) {
      this.refusal = asRefusal(thrown);
    } finally {
      this.busy = false;
    }
  }
}
