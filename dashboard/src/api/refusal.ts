// A failed request, as an error that pages can show.
import { t } from '../i18n/index.svelte.ts';
import type { Problem } from './model.ts';

/** The server refused a request, or did not respond. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
    readonly retryAfter: number | null,
  ) {
    super(problem?.code ?? 'unreachable');
  }

  get code(): string {
    return this.problem?.code ?? 'unreachable';
  }

  /** A sentence for people. It is translated if there is a translation, otherwise it is the server's. */
  get sentence(): string {
    const known = (t().problems as Record<string, string | undefined>)[this.code];
    const text = known ?? this.problem?.detail ?? t().problems.unreachable;
    const waits = this.retryAfter !== null && this.status === 429;
    return waits ? `${sentence(text)} ${t().common.tryAgainIn(this.retryAfter ?? 1)}` : sentence(text);
  }

  /** What is wrong with the value of one field. */
  field(name: string): string | undefined {
    const error = this.problem?.errors.find(({ field }) => field === name || field.startsWith(`${name}[`) || field.startsWith(`${name}.`));
    return error && sentence(error.message);
  }

  /** What is wrong with values of fields that the form does not show. */
  beyond(names: string[]): string | null {
    const all = this.problem?.errors ?? [];
    if (!all.length) return this.sentence;
    const rest = all.filter(({ field }) => !names.some((name) => field === name || field.startsWith(`${name}[`) || field.startsWith(`${name}.`)));
    return rest.length ? rest.map(({ field, message }) => `${field}: ${sentence(message)}`).join(' ') : null;
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

/** Makes a refusal from an error response. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const text = await response.text().catch(() => '');
  return refusal(response, text);
}

export function refusal(response: Response, body: unknown): Refusal {
  let problem: Problem | null = null;
  try {
    const parsed: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    if (parsed && typeof parsed === 'object' && 'code' in parsed) problem = { errors: [], ...parsed } as unknown as Problem;
  } catch {
    // If the response comes from a proxy in front of the server, it may not be JSON. Then there is no problem
    // object.
  }
  const seconds = Number(response.headers.get('retry-after'));
  return new Refusal(response.status, problem, seconds > 0 ? seconds : null);
}

/** Converts anything that was thrown to a refusal. */
export function asRefusal(thrown: unknown): Refusal {
  return thrown instanceof Refusal ? thrown : new Refusal(0, null, null);
}
