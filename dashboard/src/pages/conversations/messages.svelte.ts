// The messages of one chat: the newest page, older pages on request, and changes of these messages.
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

  /** The messages in the order in which people read them, the oldest first. */
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

  /** Adds or replaces a message. Messages that only change another message are not shown. */
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

/** The message that was read from the API. If an event has already brought a later status, it keeps that status. */
function newerStatus(told: Message, known: Message): Message {
  if (Date.parse(known.statusAt) <= Date.parse(told.statusAt)) return told;
  const { status, statusAt, failure, waiting } = known;
  return { ...told, status, statusAt, failure, waiting };
}

function reacted(message: Message, sender: Person, emoji: string, at: string): Message['reactions'] {
  const others = message.reactions.filter((reaction) => reaction.sender.id !== sender.id);
  return emoji ? [...others, { sender, emoji, at }] : others;
}

/** Sends a message. If there is no response, sends the same request once more with the same `Idempotency-Key`. */
export async function sendMessage(accountId: string, body: Record<string, unknown>): Promise<Message> {
  const params = { path: { accountId }, header: { 'Idempotency-Key': once() } };
  const post = () => ask(api.POST('/api/v1/whatsapp/accounts/{accountId}/messages', { params, body: body as never }));
  const sent = await post().catch((thrown: unknown) => {
    if (thrown instanceof Refusal && thrown.status === 0) return post();
    throw thrown;
  });
  return sent as unknown as Message;
}
