// Sends a file: uploads it first, and then sends a message with it.
import { accessToken } from '../../api/session.svelte.ts';
import { Refusal, refusal } from '../../api/refusal.ts';
import type { components } from '../../api/schema.ts';

export type Uploaded = components['schemas']['UploadedMedia'];

/**
 * The type of message for a file of this type and size. If WhatsApp cannot show the file, it is sent as a
 * document.
 */
export function kindOf({ mimeType, size }: Pick<Uploaded, 'mimeType' | 'size'>): 'image' | 'video' | 'audio' | 'document' {
  if (size > 16_000_000) return 'document';
  if (['image/jpeg', 'image/png', 'image/webp'].includes(mimeType ?? '')) return 'image';
  if (['video/mp4', 'video/3gpp'].includes(mimeType ?? '')) return 'video';
  if (['audio/aac', 'audio/mp4', 'audio/m4a', 'audio/x-m4a', 'audio/mpeg', 'audio/mp3', 'audio/amr', 'audio/ogg'].includes(mimeType ?? '')) return 'audio';
  return 'document';
}

/** The file's name, changed so that the server accepts it. */
function nameOf(file: File): string {
  // eslint-disable-next-line no-control-regex
  const name = file.name.replace(/[\u0000-\u001f\u007f-\u009f/\\]/g, ' ').trim();
  return [...name].slice(-255).join('') || 'file';
}

/** Uploads a file with `XMLHttpRequest`, because `fetch` does not report the progress of an upload. */
export async function upload(accountId: string, file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Uploaded> {
  const token = await accessToken();
  if (!token) throw new Refusal(401, null, null);
  // The server recognises pictures, audio and video by their content. That is more reliable than the browser,
  // which uses the file's name.
  const type = !file.type || /^(image|video|audio)\//.test(file.type) ? 'application/octet-stream' : file.type;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/whatsapp/accounts/${accountId}/media?fileName=${encodeURIComponent(nameOf(file))}`);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Content-Type', type);
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = () => reject(new Refusal(0, null, null));
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    request.onload = () => {
      if (request.status === 201) return resolve(JSON.parse(request.responseText) as Uploaded);
      const headers = new Headers();
      const after = request.getResponseHeader('Retry-After');
      if (after) headers.set('Retry-After', after);
      reject(refusal(new Response(null, { status: request.status || 502, headers }), request.responseText));
    };
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
