// Actions for several accounts of a list. A few run at a time.
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

/** Brings an account online with the session that it has. */
export async function connect(id: string) {
  accounts.put(await ask(api.POST('/api/v1/whatsapp/connect', { body: { accountId: id } as never })));
}

/** Does the same to many; says how many did it, and why the others did not. */
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

/** Links accounts one after the other: each needs its phone. */
export function linkInTurn(list: Account[]) {
  const [first, ...rest] = list.map(({ id }) => id);
  if (first) router.go(`/link/${first}${rest.length ? `?then=${rest.join(',')}` : ''}`);
}
