// Who is signed in. The access token is only in this module's memory; the refresh token is a cookie that no script
// can read.
import { heard, now } from '../lib/clock.svelte.ts';
import { Refusal, refusalOf } from './refusal.ts';
import type { Permission, User, Workspace } from './model.ts';
import type { components } from './schema.ts';

type Issued = components['schemas']['Session'];
type Me = components['schemas']['Me'];

/** Before its end by this much, a token is replaced. */
const EARLY_MS = 60_000;

let token: { text: string; expires: number } | null = null;
let refreshing: Promise<boolean> | null = null;

class Session {
  state = $state<'starting' | 'out' | 'in'>('starting');
  /** Whether the sign-in ended without anybody asking for it. */
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

  /** Resumes the sign-in that the cookie stands for. */
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

  /** Asks who this is and what they may do. */
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

/** Tabs of one browser share one sign-in. */
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

/** Buys a fresh token; false where there is no sign-in any more. One request serves everybody who asks meanwhile. */
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

/** The access token for a connection that stays; null where nobody is signed in. */
export async function accessToken(): Promise<string | null> {
  if (!token || token.expires - now() < EARLY_MS) {
    if (!(await renew())) return null;
  }
  return token?.text ?? null;
}

/** Buys a fresh token; where that is impossible, nobody is signed in any more. */
export async function renew(): Promise<boolean> {
  const isSignedIn = await refresh();
  if (!isSignedIn) session.leave(true);
  return isSignedIn;
}

function carrying(request: Request): Request {
  if (token) request.headers.set('Authorization', `Bearer ${token.text}`);
  return request;
}

/** Sends a request with the sign-in's token, and once more with a fresh one where it has just ended. */
export async function send(request: Request): Promise<Response> {
  if (token && token.expires - now() < EARLY_MS) await refresh().catch(() => false);
  const again = request.clone();
  let answer = await fetch(carrying(request));
  heard(answer);
  if (answer.status === 401) {
    const code = (await answer.clone().json().catch(() => null))?.code as string | undefined;
    // Errors about wrong passwords and codes concern what was typed, not the sign-in.
    if (code === 'invalid_totp_code' || code === 'sign_in_failed' || code === 'totp_required') return answer;
    if (await refresh()) answer = await fetch(carrying(again));
    if (answer.status === 401) session.leave(true);
  }
  return answer;
}

export function isRefusal(thrown: unknown): thrown is Refusal {
  return thrown instanceof Refusal;
}
