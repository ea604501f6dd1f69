// The typed client. Its requests follow the API's document and contain the sign-in's token.
import createClient from 'openapi-fetch';
import { Refusal, refusal } from './refusal.ts';
import type { paths } from './schema.ts';
import { send } from './session.svelte.ts';

export const api = createClient<paths>({ baseUrl: '', fetch: send });

/** What was asked for, or the refusal as an exception. */
export async function ask<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked.catch((thrown: unknown) => {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw new Refusal(0, null, null);
  });
  if (!response.ok) throw refusal(response, error);
  return data as T;
}

interface Page<T> {
  data: T[];
  nextCursor?: string | null;
}

/** Every entry of a list that comes in pages, up to `most`. */
export async function all<T>(page: (cursor: string | undefined) => Promise<Page<T>>, most = 5_000): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const answer: Page<T> = await page(cursor);
    found.push(...answer.data);
    cursor = answer.nextCursor ?? undefined;
  } while (cursor && found.length < most);
  return found;
}

/** A key under which a request that is sent twice has its effect once. */
export function once(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
