// How events reach this page. Only this file knows that Socket.IO is used.
import { api, ask } from '../api/client.ts';
import { accessToken, renew } from '../api/session.svelte.ts';
import type { LiveEvent } from '../api/model.ts';

export interface Listener {
  /** An event. Stored ones come in the order of the log, none twice. */
  event(event: LiveEvent): void;
  /** Connected from now on; `missed` where events before may be missing. */
  connected(missed: boolean): void;
  /** Not connected from now on. */
  lost(): void;
}

/** Later than every event: the answer tells where the log ends. */
const END = '999999999999999999';
/** Between two attempts after the server refused one. */
const PAUSE_MS = 3_000;
const CHATS = ['direct', 'group', 'status', 'newsletter', 'broadcast'];

/** The end of the log. */
export async function logEnd(): Promise<number> {
  const page = await ask(api.GET('/api/v1/events', { params: { query: { after: END, limit: 1 } } }));
  return Number(page.nextCursor);
}

/** Follows the log until `signal` ends it. */
export async function follow(listener: Listener, signal: AbortSignal): Promise<void> {
  const { io } = await import('socket.io-client');
  if (signal.aborted) return;
  const socket = io('/events', {
    // Each connection attempt sends the token that is valid then.
    auth: (send) => void accessToken().then((token) => send({ token: token ?? '' }), () => send({ token: '' })),
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 8_000,
  });
  let last: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** The client does not try by itself where the server said no. The sign-in is over where it cannot be renewed. */
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
