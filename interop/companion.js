// A linked device that runs Baileys: it links, sends and receives. The tests make the assertions.

import './strict-signatures.js';
import makeWASocket, { WA_CERT_DETAILS, initAuthCreds } from 'baileys';
import pino from 'pino';
import { Mailbox } from './mailbox.js';

const RESTART_REQUIRED = 515;

/** The root key of WhatsApp's Noise certificates, which Baileys contains. */
export const REAL_ROOT = WA_CERT_DETAILS.PUBLIC_KEY;

/** Sets the root key that all companions of this process trust from now on. Baileys has one root key for all sockets. */
export function trustRoot(key) {
  WA_CERT_DETAILS.PUBLIC_KEY = key;
}

/** Credentials and keys in memory. They stay when a connection ends. */
function session() {
  const kept = {};
  const table = (type) => (kept[type] ??= {});
  return {
    creds: initAuthCreds(),
    keys: {
      get: async (type, ids) => Object.fromEntries(ids.map((id) => [id, table(type)[id]]).filter(([, value]) => value != null)),
      set: async (changes) => {
        for (const [type, values] of Object.entries(changes)) Object.assign(table(type), values);
      },
    },
  };
}

export const jidOf = (number) => `${number}@s.whatsapp.net`;

export const textOf = (message) => message.message?.conversation ?? message.message?.extendedTextMessage?.text;

export class Companion {
  #sim;
  #auth = session();
  #events;
  #socket;
  #options;

  /** @param options further options for Baileys' sockets */
  constructor(sim, options = {}) {
    this.#sim = sim;
    this.#options = options;
  }

  /** Links this companion to the phone of `number` by QR code and stays connected. */
  async linkByQr(number) {
    this.#open();
    const { qr } = await this.#update(({ qr }) => qr, 'QR code');
    await this.#sim.scan(number, qr);
    await this.#restart();
    return this;
  }

  /** Links this companion to the phone of `number` by pairing code and stays connected. */
  async linkByCode(number) {
    this.#open();
    await this.#update(({ qr }) => qr, 'connection that can be paired');
    const code = await this.#socket.requestPairingCode(number);
    await this.#events.take(
      ({ frame }) => frame?.attrs?.type === 'result' && frame.content?.[0]?.tag === 'link_code_companion_reg',
      'answer to companion_hello',
    );
    await this.#sim.typeCode(number, code);
    await this.#restart();
    return this;
  }

  /** Opens a connection with the existing session and waits until it is open. */
  async connect() {
    this.#open();
    await this.#update(({ connection }) => connection === 'open', 'open connection');
    return this;
  }

  /** Waits until the connection ends, and returns its error. Opening a connection discards the events of the one before. */
  async closed() {
    const { lastDisconnect } = await this.#update(({ connection }) => connection === 'close', 'end of the connection');
    return lastDisconnect?.error;
  }

  /** Opens a connection and does not wait for it. */
  dial() {
    this.#open();
    return this;
  }

  async say(number, text) {
    return await this.#socket.sendMessage(jidOf(number), { text });
  }

  async reply(message, text) {
    return await this.#socket.sendMessage(message.key.remoteJid, { text });
  }

  async hear(text) {
    const { message } = await this.#events.take(
      ({ message }) => message && !message.key.fromMe && (text === undefined || textOf(message) === text),
      text === undefined ? 'message' : `message "${text}"`,
    );
    return message;
  }

  /** Waits for the recipient's delivery receipt for the message with this key. */
  async delivered(key) {
    const DELIVERY_ACK = 3;
    const confirmed = (of, status) => of?.key.id === key.id && status >= DELIVERY_ACK;
    // While Baileys syncs, it holds events back. If a status arrives then, Baileys puts it into the message's own event.
    await this.#events.take(
      ({ message, status }) =>
        confirmed(message, message?.status) || confirmed(status, status?.update.status),
      `delivery of ${key.id}`,
    );
  }

  /** Waits for a stanza for which `wanted` returns true. */
  async stanza(wanted, what) {
    return (await this.#events.take(({ frame }) => frame && wanted(frame), what)).frame;
  }

  /** Waits for the account's push name, which comes from app state. */
  async pushName() {
    const { creds } = await this.#events.take(({ creds }) => creds?.me?.name, 'push name');
    return creds.me.name;
  }

  /** Waits for the next notification about the lock on new chats. */
  async timeLock() {
    return (await this.#update(({ reachoutTimeLock }) => reachoutTimeLock, 'time-lock')).reachoutTimeLock;
  }

  /** Waits for the next notification about the quota of new chats. */
  async cappingTold() {
    return (await this.#events.take(({ capping }) => capping, 'capping')).capping;
  }

  async cappingAsked() {
    return await this.#socket.fetchNewChatMessageCap();
  }

  /** Returns the URL of the profile picture of `number`. Fails if there is no picture. */
  async pictureUrl(number) {
    return await this.#socket.profilePictureUrl(jidOf(number), 'image');
  }

  async logout() {
    await this.#socket.logout();
  }

  hangUp() {
    this.#socket?.end(undefined);
  }

  #open() {
    this.#events = new Mailbox();
    this.#socket = makeWASocket({
      auth: this.#auth,
      logger: pino({ level: process.env.BAILEYS_LOG ?? 'silent' }),
      waWebSocketUrl: this.#sim.socketUrl,
      ...this.#options,
    });
    const { ev, ws } = this.#socket;
    const events = this.#events;
    ev.on('connection.update', (update) => events.put({ update }));
    ev.on('creds.update', (creds) => events.put({ creds }));
    ev.on('messages.upsert', ({ messages }) => messages.forEach((message) => events.put({ message })));
    ev.on('messages.update', (updates) => updates.forEach((status) => events.put({ status })));
    ev.on('message-capping.update', (capping) => events.put({ capping }));
    ws.on('frame', (frame) => frame?.tag && events.put({ frame }));
  }

  async #restart() {
    const error = await this.closed();
    if (error?.output?.statusCode !== RESTART_REQUIRED) throw error ?? new Error('closed without a reason');
    await this.connect();
  }

  async #update(wanted, what) {
    return (await this.#events.take(({ update }) => update && wanted(update), what)).update;
  }
}
