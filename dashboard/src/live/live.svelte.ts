// Receives events over one connection that all pages share. Components subscribe to events here.
import { onDestroy } from 'svelte';
import type { LiveEvent } from '../api/model.ts';
import { follow } from './transport.ts';

type Handler = (event: LiveEvent) => void;

class Live {
  state = $state<'off' | 'connecting' | 'live' | 'lost'>('off');
  /** When the connection was lost. Since then, pages may show old data. */
  lostAt = $state<number | null>(null);
  #handlers = new Set<Handler>();
  #again = new Set<() => void>();
  #ending: AbortController | null = null;
  #wasLive = false;

  start() {
    if (this.#ending) return;
    this.#ending = new AbortController();
    this.state = 'connecting';
    this.#wasLive = false;
    void follow(
      {
        event: (event) => {
          for (const handler of [...this.#handlers]) handler(event);
        },
        connected: (missed) => {
          // After a reconnect, the server sends the events that were missed. Counters and other values are not in
          // events, so reload them.
          const again = missed || (this.#wasLive && this.state === 'lost');
          this.state = 'live';
          this.lostAt = null;
          this.#wasLive = true;
          if (again) for (const reload of [...this.#again]) reload();
        },
        lost: () => {
          if (this.state === 'lost') return;
          this.state = 'lost';
          this.lostAt = Date.now();
        },
      },
      this.#ending.signal,
    );
  }

  stop() {
    this.#ending?.abort();
    this.#ending = null;
    this.state = 'off';
  }

  /** Calls `handler` for each event. Returns a function that ends the subscription. */
  on(handler: Handler): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Calls `reload` each time events may have been missed. Returns a function that ends the subscription. */
  onAgain(reload: () => void): () => void {
    this.#again.add(reload);
    return () => this.#again.delete(reload);
  }
}

export const live = new Live();

/**
 * For a component: calls `handler` for each event while the component is shown, and `reload` after events may have
 * been missed.
 */
export function listen(handler: Handler, reload?: () => void) {
  const ends = [live.on(handler), ...(reload ? [live.onAgain(reload)] : [])];
  onDestroy(() => ends.forEach((end) => end()));
}
