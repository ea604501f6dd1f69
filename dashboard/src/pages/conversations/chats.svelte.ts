// The chats of one account. The chat with the newest message comes first. Events keep the list up to date.
import { api, ask } from '../../api/client.ts';
import type { Chat, LiveEvent, Message } from '../../api/model.ts';
import { personName } from '../../lib/format.ts';
import { Paged } from '../../lib/paged.svelte.ts';
import { throttled } from '../../lib/resource.svelte.ts';
import { newestFirst } from '../../lib/newest.ts';

/** Events that may change the last message or the unread count of a chat. */
const CHANGES = new Set(['message.received', 'message.echo', 'message.accepted', 'message.edited', 'message.revoked', 'message.status', 'message.undecryptable']);

export function chatName(chat: { name: string | null; person?: Chat['person']; address: string }): string {
  return chat.name ?? (chat.person ? personName(chat.person) : null) ?? chat.address.split('@')[0] ?? chat.address;
}

export class Chats {
  readonly list: Paged<Chat>;
  #changed = new Set<string>();

  constructor(readonly accountId: string) {
    const path = { accountId };
    this.list = new Paged((cursor) => ask(api.GET('/api/v1/whatsapp/accounts/{accountId}/chats', { params: { path, query: { limit: 50, cursor } } })));
    void this.list.reload();
  }

  get(id: string): Chat | undefined {
    return this.list.data?.find((chat) => chat.id === id);
  }

  hear(event: LiveEvent) {
    if (event.accountId !== this.accountId) return;
    if (event.type === 'chat.merged' || event.type === 'contact.erased') return void this.list.reload();
    if (!CHANGES.has(event.type)) return;
    const message = event.data.message as Message | undefined;
    const id = message?.chat.id ?? (event.data.chat as { id: string } | undefined)?.id;
    if (!id) return;
    this.#changed.add(id);
    this.#refresh();
  }

  #refresh = throttled(() => {
    for (const id of this.#changed) void this.refresh(id);
    this.#changed.clear();
  }, 120);

  /** Reads one chat again. */
  async refresh(id: string) {
    const path = { accountId: this.accountId, chatId: id };
    const chat = await ask(api.GET('/api/v1/whatsapp/accounts/{accountId}/chats/{chatId}', { params: { path } })).catch(() => null);
    if (chat) this.put(chat);
  }

  put(chat: Chat) {
    this.list.change((data) => [chat, ...data.filter(({ id }) => id !== chat.id)].sort((a, b) => newestFirst(a.lastMessageAt, b.lastMessageAt)));
  }
}
