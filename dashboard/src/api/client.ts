// The typed API client. Its types come from the API description, and its requests contain the access token.
import createClient from 'openapi-fetch';
import { Refusal, refusal } from './refusal.ts';
import type { paths } from './schema.ts';
import { send } from './session.svelte.ts';

export const api = createClient<paths>({ baseUrl: '', fetch: send });

/** Returns the data of a response, or throws a `Refusal`. */
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

/** Reads a list page by page. Returns all its entries, at most `most`. */
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

/** A random `Idempotency-Key`. If a request with it is sent twice, the server carries it out once. */
export function once(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
