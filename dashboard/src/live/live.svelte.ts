// Receives events: one connection for all pages, which subscribe here.
import { onDestroy } from 'svelte';
import type { LiveEvent } from '../api/model.ts';
import { follow } from './transport.ts';

type Handler = (event: LiveEvent) => void;

class Live {
  state = $state<'off' | 'connecting' | 'live' | 'lost'>('off');
  /** When the connection was lost: what pages show is from then. */
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
          // The server sends the events of the meantime. Counters and other values that no event reports must be read
          // again.
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

  /** Calls `handler` for each event; returns what ends that. */
  on(handler: Handler): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Calls `reload` whenever events may have been missed. */
  onAgain(reload: () => void): () => void {
    this.#again.add(reload);
    return () => this.#again.delete(reload);
  }
}

export const live = new Live();

/** For a component: hears events while it is shown, and reloads after a gap. */
export function listen(handler: Handler, reload?: () => void) {
  const ends = [live.on(handler), ...(reload ? [live.onAgain(reload)] : [])];
  onDestroy(() => ends.forEach((end) => end()));
}
