// A list that is read in pages: the first page, and more on request.
import { asRefusal, type Refusal } from '../api/refusal.ts';

interface Page<T> {
  data: T[];
  nextCursor?: string | null;
}

export class Paged<T> {
  data = $state.raw<T[] | undefined>(undefined);
  refusal = $state.raw<Refusal | null>(null);
  busy = $state(false);
  #next = $state<string | null>(null);
  #turn = 0;

  constructor(private readonly page: (cursor: string | undefined) => Promise<Page<T>>) {}

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** Reads the list again from its beginning. */
  reload = () => this.#load(undefined);

  more = () => (this.#next ? this.#load(this.#next) : Promise.resolve());

  async #load(cursor: string | undefined) {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const answer = await this.page(cursor);
      if (turn !== this.#turn) return;
      this.data = cursor ? [...(this.data ?? []), ...answer.data] : answer.data;
      this.#next = answer.nextCursor ?? null;
      this.refusal = null;
    } catch (thrown) {
      if (turn === this.#turn) this.refusal = asRefusal(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  /** Changes the entries that are shown. */
  change(change: (data: T[]) => T[]) {
    if (this.data) this.data = change(this.data);
  }
}
