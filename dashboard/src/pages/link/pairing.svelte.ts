// The pairing of one account: what to show to the person with the phone, and when the pairing ends.
import { api, ask } from '../../api/client.ts';
import { asRefusal, type Refusal } from '../../api/refusal.ts';
import type { components } from '../../api/schema.ts';
import type { Account } from '../../api/model.ts';
import { accounts } from '../../lib/accounts.svelte.ts';
import { now } from '../../lib/clock.svelte.ts';

export type Qr = components['schemas']['QrCode'];
export type Method = 'qr' | 'code' | 'send';
export type Step = 'idle' | 'opening' | 'qr' | 'code' | 'passkey' | 'compare' | 'linking' | 'expired' | 'failed' | 'done';

export class Pairing {
  qr = $state.raw<Qr | null>(null);
  code = $state.raw<{ code: string; phoneNumber: string; expiresAt: string } | null>(null);
  compare = $state<string | null>(null);
  refusal = $state.raw<Refusal | null>(null);
  busy = $state(false);
  /**
   * Whether this page has seen the pairing open. If not, a linked account does not mean that linking has succeeded
   * here.
   */
  begun = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(readonly id: string) {}

  get account(): Account | undefined {
    return accounts.get(this.id);
  }

  get step(): Step {
    const account = this.account;
    if (!account) return 'opening';
    switch (account.status.reason) {
      case 'online':
        return 'done';
      case 'linking':
      case 'connecting':
        return 'linking';
      case 'passkey_required':
        return 'passkey';
      case 'passkey_confirmation':
        return 'compare';
      case 'pairing': {
        const open = account.pairing?.step;
        return open === 'qr' ? 'qr' : open === 'pairing_code' ? 'code' : 'opening';
      }
      case 'qr_expired':
        return 'expired';
      default:
        if (account.status.state === 'Connecting') return 'linking';
        return account.status.state === 'Failed' && this.begun ? 'failed' : 'idle';
    }
  }

  /** When the pairing ends. */
  get ends(): number | null {
    const text = this.step === 'code' ? this.code?.expiresAt : this.qr?.qrCodeExpiry;
    const end = text ?? this.account?.pairing?.expiresAt ?? null;
    return end ? Date.parse(end) : null;
  }

  /** Starts a pairing. */
  async begin(replacePhone = false) {
    await this.#work(async () => {
      const body = { accountId: this.id, ...(replacePhone ? { replacePhone } : {}) };
      accounts.put(await ask(api.POST('/api/v1/whatsapp/connect', { body: body as never })));
      this.begun = true;
    });
  }

  /** Asks WhatsApp for a code to type. */
  async askCode(phoneNumber: string | null) {
    await this.#work(async () => {
      const params = { path: { accountId: this.id } };
      this.code = await ask(api.POST('/api/v1/whatsapp/accounts/{accountId}/pairing-code', { params, body: { phoneNumber } }));
      this.begun = true;
      await accounts.reload(this.id);
    });
  }

  async confirmSame() {
    await this.#work(async () => {
      accounts.put(await ask(api.POST('/api/v1/whatsapp/accounts/{accountId}/passkey/confirm', { params: { path: { accountId: this.id } } })));
    });
  }

  async stop() {
    await this.#work(async () => {
      accounts.put(await ask(api.POST('/api/v1/whatsapp/disconnect/{accountId}', { params: { path: { accountId: this.id } } })));
    });
  }

  /** Reads what the current step shows, and reads it again when it is replaced. */
  async look() {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    const params = { path: { accountId: this.id } };
    try {
      if (this.step === 'qr') {
        const qr = (await ask(api.GET('/api/v1/whatsapp/qr-code/{accountId}', { params, headers: { Accept: 'application/json' } }))) as Qr;
        this.show(qr);
      } else if (this.step === 'code') {
        this.code = await ask(api.GET('/api/v1/whatsapp/accounts/{accountId}/pairing-code', { params }));
      } else if (this.step === 'compare') {
        this.compare = (await ask(api.GET('/api/v1/whatsapp/accounts/{accountId}/passkey', { params }))).code;
      }
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      // Repeat the request only after a temporary error. Other errors mean that the pairing has not started yet or
      // has just ended. The account's next event then causes the next request.
      if (refusal.status === 503 || refusal.status === 0) this.#again(700);
      else await accounts.reload(this.id);
    }
  }

  /** Shows a QR code from an event or a response. If no event brings the next one in time, it is requested. */
  show(qr: Qr) {
    this.qr = qr;
    this.#again(Date.parse(qr.refreshAt) - now() + 1_500);
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #again(ms: number) {
    clearTimeout(this.#timer);
    if (!this.#ended) this.#timer = setTimeout(() => void this.look(), Math.max(500, ms));
  }

  async #work(work: () => Promise<void>) {
    this.busy = true;
    this.refusal = null;
    try {
      await work();
    } catch (thrown) {
      this.refusal = asRefusal(thrown);
    } finally {
      this.busy = false;
    }
  }
}

/** Removes spaces, dashes and brackets from a phone number. */
export function plainNumber(text: string): string {
  return text.replace(/[\s()./-]/g, '').replace(/^00/, '+').replace(/^(?=\d)/, '+');
}
