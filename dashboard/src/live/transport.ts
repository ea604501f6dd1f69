// The live connection to the server. No other file depends on Socket.IO.
import { api, ask } from '../api/client.ts';
import { accessToken, renew } from '../api/session.svelte.ts';
import type { LiveEvent } from '../api/model.ts';

export interface Listener {
  /** An event arrived. Stored events arrive in the order of the log, and none arrives twice. */
  event(event: LiveEvent): void;
  /** The connection is open. `missed` is true if earlier events may be missing. */
  connected(missed: boolean): void;
  /** The connection is lost. */
  lost(): void;
}

/**
 * An event number that is greater than all others. The response to a request with it contains the last number of
 * the log.
 */
const END = '999999999999999999';
/** The pause after the server has refused a connection. */
const PAUSE_MS = 3_000;
const CHATS = ['direct', 'group', 'status', 'newsletter', 'broadcast'];

/** The number of the last event in the log. */
export async function logEnd(): Promise<number> {
  const page = await ask(api.GET('/api/v1/events', { params: { query: { after: END, limit: 1 } } }));
  return Number(page.nextCursor);
}

/** Receives events until `signal` is aborted. */
export async function follow(listener: Listener, signal: AbortSignal): Promise<void> {
  const { io } = await import('socket.io-client');
  if (signal.aborted) return;
  const socket = io('/events', {
    // Socket.IO calls this for each attempt to connect, so that each attempt sends the current access token.
    auth: (send) => void accessToken().then((token) => send({ token: token ?? '' }), () => send({ token: '' })),
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 8_000,
  });
  let last: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Connects again after the server has refused a connection, because the Socket.IO client does not. If the server gives
   * no new token, the sign-in has ended.
   */
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const isSignedIn = await renew().catch(() => true);
      if (isSignedIn && !signal.aborted) socket.connect();
    }, PAUSE_MS);
  };

  socket.on('connect', async () => {
    const answer = (await socket.emitWithAck('subscribe', { after: last, chatTypes: CHATS })) as { seq: number; gap: boolean } | { error: { code: string } };
    if ('error' in answer) {
      socket.disconnect();
      return again();
    }
    last ??= answer.seq;
    listener.connected(answer.gap);
  });
  socket.on('event', (event: LiveEvent) => {
    if (event.seq !== null) last = event.seq;
    listener.event(event);
  });
  socket.on('disconnect', (reason) => {
    listener.lost();
    if (reason === 'io server disconnect') void renew().then((isSignedIn) => isSignedIn && !signal.aborted && socket.connect(), again);
  });
  socket.on('connect_error', () => {
    listener.lost();
    if (!socket.active) again();
  });

  const online = () => {
    if (!socket.connected) socket.disconnect().connect();
  };
  addEventListener('online', online);
  signal.addEventListener('abort', () => {
    removeEventListener('online', online);
    clearTimeout(timer);
    socket.disconnect();
  });
}
