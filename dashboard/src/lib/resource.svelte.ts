// Data that a page reads from the server: the data, the error, and a way to read it again.
import { asRefusal, type Refusal } from '../api/refusal.ts';

export class Resource<T> {
  data = $state.raw<T | undefined>(undefined);
  refusal = $state.raw<Refusal | null>(null);
  busy = $state(false);
  #turn = 0;

  constructor(private readonly load: () => Promise<T>) {}

  /** Reads the data. If several requests are running, only the response to the latest one is shown. */
  reload = async () => {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const data = await this.load();
      if (turn === this.#turn) {
        this.data = data;
        this.refusal = null;
      }
    } catch (thrown) {
      if (turn === this.#turn) this.refusal = asRefusal(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  };

  set(data: T) {
    this.#turn++;
    this.busy = false;
    this.refusal = null;
    this.data = data;
  }
}

/** Limits how often `run` is called: at most once in `pause` ms, and once more at the end. */
export function throttled(run: () => void, pause: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = 0;
  return () => {
    if (timer) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        last = Date.now();
        run();
      },
      Math.max(0, last + pause - Date.now()),
    );
  };
}
