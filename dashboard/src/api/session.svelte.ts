// The user who is signed in. The access token is only in a variable of this module. The refresh token is a cookie
// that scripts cannot read.
import { heard, now } from '../lib/clock.svelte.ts';
import { Refusal, refusalOf } from './refusal.ts';
import type { Permission, User, Workspace } from './model.ts';
import type { components } from './schema.ts';

type Issued = components['schemas']['Session'];
type Me = components['schemas']['Me'];

/** How long before its expiry a token is replaced. */
const EARLY_MS = 60_000;

let token: { text: string; expires: number } | null = null;
let refreshing: Promise<boolean> | null = null;

class Session {
  state = $state<'starting' | 'out' | 'in'>('starting');
  /** Whether the sign-in ended although the user did not sign out. */
  ended = $state(false);
  user = $state.raw<User | null>(null);
  permissions = $state.raw<ReadonlySet<Permission>>(new Set());
  me = $state.raw<Me | null>(null);
  workspaces = $state.raw<Workspace[]>([]);

  get workspace(): Workspace | undefined {
    return this.workspaces.find(({ current }) => current);
  }

  may(permission: Permission): boolean {
    return this.permissions.has(permission);
  }

  /** Continues the sign-in of the refresh token in the cookie, if there is one. */
  async start() {
    try {
      if (await refresh()) await this.learn();
      else this.state = 'out';
    } catch {
      this.state = 'out';
    }
  }

  async signIn(email: string, password: string, code?: string) {
    const answer = await post('sign-in', { email, password, ...(code ? { code } : {}) });
    if (!answer.ok) throw await refusalOf(answer);
    accept((await answer.json()) as Issued);
    await this.learn();
    others.postMessage('in');
  }

  async signOut() {
    await post('sign-out').catch(() => null);
    this.leave(false);
    others.postMessage('out');
  }

  leave(ended: boolean) {
    token = null;
    this.ended = ended && this.state === 'in';
    this.state = 'out';
    this.me = null;
    this.user = null;
    this.permissions = new Set();
    this.workspaces = [];
  }

  /** Reads who the user is and what they may do. */
  async learn() {
    const [me, workspaces] = await Promise.all([send(new Request('/api/v1/auth/me')), send(new Request('/api/v1/workspaces'))]);
    if (!me.ok) throw await refusalOf(me);
    this.me = (await me.json()) as Me;
    this.user = this.me.user;
    this.permissions = new Set(this.me.permissions);
    this.workspaces = workspaces.ok ? ((await workspaces.json()) as { data: Workspace[] }).data : [];
    this.ended = false;
    this.state = 'in';
  }
}

export const session = new Session();

/** The tabs of a browser share one sign-in, so they tell each other when the user signs out. */
const others = new BroadcastChannel('linekeeper-session');
others.onmessage = ({ data }) => {
  if (data === 'out' && session.state === 'in') session.leave(false);
  if (data === 'in' && session.state === 'out') void session.start();
};

function post(path: string, body?: unknown): Promise<Response> {
  const headers: HeadersInit = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return fetch(`/api/v1/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

function accept(issued: Issued) {
  token = { text: issued.accessToken, expires: Date.parse(issued.expiresAt) };
  session.user = issued.user;
}

/** Gets a new access token. Returns false if the sign-in has ended. Calls at the same time share one request. */
function refresh(): Promise<boolean> {
  refreshing ??= (async () => {
    const answer = await post('refresh');
    heard(answer);
    if (answer.status === 401) return false;
    if (!answer.ok) throw await refusalOf(answer);
    accept((await answer.json()) as Issued);
    return true;
  })().finally(() => (refreshing = null));
  return refreshing;
}

/** An access token for a live connection; null if nobody is signed in. */
export async function accessToken(): Promise<string | null> {
  if (!token || token.expires - now() < EARLY_MS) {
    if (!(await renew())) return null;
  }
  return token?.text ?? null;
}

/** Gets a new access token. If that is refused, the user is signed out here. */
export async function renew(): Promise<boolean> {
  const isSignedIn = await refresh();
  if (!isSignedIn) session.leave(true);
  return isSignedIn;
}

function carrying(request: Request): Request {
  if (token) request.headers.set('Authorization', `Bearer ${token.text}`);
  return request;
}

/**
 * Sends a request with the access token. If the token was refused, gets a new token and sends the request once
 * more.
 */
export async function send(request: Request): Promise<Response> {
  if (token && token.expires - now() < EARLY_MS) await refresh().catch(() => false);
  const again = request.clone();
  let answer = await fetch(carrying(request));
  heard(answer);
  if (answer.status === 401) {
    const code = (await answer.clone().json().catch(() => null))?.code as string | undefined;
    // These 401 errors mean that the user typed a wrong password or code. The access token is valid, so do not
    // refresh it.
    if (code === 'invalid_totp_code' || code === 'sign_in_failed' || code === 'totp_required') return answer;
    if (await refresh()) answer = await fetch(carrying(again));
    if (answer.status === 401) session.leave(true);
  }
  return answer;
}

export function isRefusal(thrown: unknown): thrown is Refusal {
  return thrown instanceof Refusal;
}
