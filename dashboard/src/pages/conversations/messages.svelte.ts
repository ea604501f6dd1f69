// The messages of one chat: the newest page, older pages on request, and changes to them.
import { api, ask, once } from '../../api/client.ts';
import { Refusal } from '../../api/refusal.ts';
import type { LiveEvent, Message, Person } from '../../api/model.ts';
import { Paged } from '../../lib/paged.svelte.ts';
import { newestFirst } from '../../lib/newest.ts';

export class Messages {
  readonly list: Paged<Message>;

  constructor(
    readonly accountId: string,
    readonly chatId: string,
  ) {
    const path = { accountId };
    this.list = new Paged(async (cursor) => {
      const page = await ask(api.GET('/api/v1/whatsapp/accounts/{accountId}/messages', { params: { path, query: { chat: chatId, limit: 50, cursor } } }));
      return { data: page.data as unknown as Message[], nextCursor: page.nextCursor };
    });
    void this.list.reload();
  }

  /** The oldest first, as people read. */
  get shown(): Message[] {
    return [...(this.list.data ?? [])].reverse();
  }

  hear(event: LiveEvent) {
    if (event.accountId !== this.accountId) return;
    const { data } = event;
    const message = data.message as Message | undefined;
    const id = data.messageId as string | undefined;
    switch (event.type) {
      case 'message.received':
      case 'message.echo':
      case 'message.accepted':
      case 'message.edited':
      case 'message.undecryptable':
        if (message?.chat.id === this.chatId) this.put(message);
        break;
      case 'message.status':
        if (id) this.#change(id, (old) => ({ ...old, status: data.status as Message['status'], failure: (data.failure as Message['failure']) ?? null, waiting: null, statusAt: String(data.at) }));
        break;
      case 'message.revoked':
        if (id) this.#change(id, (old) => ({ ...old, revokedAt: String(data.at) }));
        break;
      case 'message.reaction':
        if (id) this.#change(id, (old) => ({ ...old, reactions: reacted(old, data.sender as Person, String(data.emoji), String(data.at)) }));
        break;
      case 'media.ready':
      case 'media.failed':
        if (id && this.list.data?.some((one) => one.id === id)) void this.refresh(id);
        break;
      case 'chat.merged':
      case 'contact.erased':
        void this.list.reload();
        break;
    }
  }

  /** A message as it is now; acts on other messages have no line of their own. */
  put(message: Message) {
    if (message.type === 'reaction' || message.type === 'edit' || message.type === 'revoke') return;
    this.list.change((data) => {
      const known = data.find(({ id }) => id === message.id);
      const now = known ? newerStatus(message, known) : message;
      return [now, ...data.filter(({ id }) => id !== now.id)].sort((a, b) => newestFirst(a.timestamp, b.timestamp) || b.id.localeCompare(a.id));
    });
  }

  async refresh(id: string) {
    const path = { accountId: this.accountId, messageId: id };
    this.put((await ask(api.GET('/api/v1/whatsapp/accounts/{accountId}/messages/{messageId}', { params: { path } }))) as unknown as Message);
  }

  #change(id: string, change: (old: Message) => Message) {
    this.list.change((data) => data.map((message) => (message.id === id ? change(message) : message)));
  }
}

/** A message as it was told, unless its status was known to be further: what was asked for may be older than an event. */
function newerStatus(told: Message, known: Message): Message {
  if (Date.parse(known.statusAt) <= Date.parse(told.statusAt)) return told;
  const { status, statusAt, failure, waiting } = known;
  return { ...told, status, statusAt, failure, waiting };
}

function reacted(message: Message, sender: Person, emoji: string, at: string): Message['reactions'] {
  const others = message.reactions.filter((reaction) => reaction.sender.id !== sender.id);
  return emoji ? [...others, { sender, emoji, at }] : others;
}

/** Hands a message over. Where no answer came, the same request is sent once more, under the same key. */
export async function sendMessage(accountId: string, body: Record<string, unknown>): Promise<Message> {
  const params = { path: { accountId }, header: { 'Idempotency-Key': once() } };
  const post = () => ask(api.POST('/api/v1/whatsapp/accounts/{accountId}/messages', { params, body: body as never }));
  const sent = await post().catch((thrown: unknown) => {
    if (thrown instanceof Refusal && thrown.status === 0) return post();
    throw thrown;
  });
  return sent as unknown as Message;
}
