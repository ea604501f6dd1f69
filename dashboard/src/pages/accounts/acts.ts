// Actions for several accounts. A few of them run at the same time.
import { api, ask } from '../../api/client.ts';
import { asRefusal } from '../../api/refusal.ts';
import type { Account } from '../../api/model.ts';
import { t } from '../../i18n/index.svelte.ts';
import { accounts } from '../../lib/accounts.svelte.ts';
import { router } from '../../lib/router.svelte.ts';
import { toasts } from '../../lib/toasts.svelte.ts';

const AT_ONCE = 6;

export async function pause(id: string) {
  accounts.put(await ask(api.POST('/api/v1/whatsapp/accounts/{accountId}/pause', { params: { path: { accountId: id } } })));
}

export async function resume(id: string) {
  accounts.put(await ask(api.POST('/api/v1/whatsapp/accounts/{accountId}/resume', { params: { path: { accountId: id } } })));
}

/** Connects an account with its stored session. */
export async function connect(id: string) {
  accounts.put(await ask(api.POST('/api/v1/whatsapp/connect', { body: { accountId: id } as never })));
}

/** Runs an action for several accounts. Shows how many succeeded, and why others did not. */
export async function each(list: Account[], act: (id: string) => Promise<void>, done: (n: number) => string) {
  const waiting = [...list];
  const refused: string[] = [];
  const work = async () => {
    for (let account = waiting.pop(); account; account = waiting.pop()) {
      await act(account.id).catch((thrown: unknown) => refused.push(asRefusal(thrown).sentence));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const worked = list.length - refused.length;
  if (worked) toasts.done(done(worked));
  if (refused[0]) toasts.done(t().accounts.someFailed(refused.length, refused[0]));
}

/** Opens the page for linking, for one account after the other, because each needs its own phone. */
export function linkInTurn(list: Account[]) {
  const [first, ...rest] = list.map(({ id }) => id);
  if (first) router.go(`/link/${first}${rest.length ? `?then=${rest.join(',')}` : ''}`);
}
