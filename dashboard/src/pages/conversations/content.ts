// The content of a message in one line of text.
import type { MediaObject, Message } from '../../api/model.ts';
import { t } from '../../i18n/index.svelte.ts';

export const MEDIA = new Set(['image', 'video', 'gif', 'audio', 'voice', 'document', 'sticker']);

/** The file of a message; null if the message has none. */
export function mediaOf(message: Message): MediaObject | null {
  return MEDIA.has(message.type) ? ((message[message.type] as MediaObject | undefined) ?? {}) : null;
}

interface Parts {
  location?: { name?: string | null; address?: string | null; latitude?: number; longitude?: number };
  liveLocation?: { latitude?: number; longitude?: number };
  contacts?: { name?: string | null; phones?: { number: string }[] }[];
  poll?: { question?: string; options?: string[] };
  event?: { name?: string; title?: string };
  buttonReply?: { title?: string | null };
  listReply?: { title?: string | null };
}

/** A description of a message that is not a text. */
export function wordsOf(message: Message): string | null {
  const parts = message as unknown as Parts;
  switch (message.type) {
    case 'text':
      return message.text?.body ?? '';
    case 'location':
    case 'liveLocation': {
      const place = parts.location ?? parts.liveLocation;
      const name = [parts.location?.name, parts.location?.address].filter(Boolean).join(', ');
      return name || (place?.latitude === undefined ? null : `${place.latitude}, ${place.longitude}`);
    }
    case 'contacts':
      return (parts.contacts ?? []).map(({ name, phones }) => [name, ...(phones ?? []).map(({ number }) => number)].filter(Boolean).join(' ')).join('\n');
    case 'poll':
      return [parts.poll?.question, ...(parts.poll?.options ?? []).map((option) => `• ${option}`)].join('\n');
    case 'event':
      return parts.event?.name ?? parts.event?.title ?? null;
    case 'buttonReply':
      return parts.buttonReply?.title ?? null;
    case 'listReply':
      return parts.listReply?.title ?? null;
    default:
      return mediaOf(message)?.caption ?? null;
  }
}

/** One line about a message, for a list. */
export function summary(message: Message): string {
  if (message.revokedAt) return t().conversations.revoked;
  const words = wordsOf(message)?.split('\n')[0];
  if (message.type === 'text') return words ?? '';
  const kind = t().messageTypes[message.type] ?? message.type;
  return words ? `${kind}: ${words}` : kind;
}
