// The official socket.io-client, as a process for the Rust tests in crates/server. It reads commands as lines of JSON from
// its input, and writes what happens as lines of JSON to its output.
//
//   node listener.mjs http://127.0.0.1:8080 websocket|polling|both
//
//   { "token": ".." }       connects with that token
//   { "subscribe": { .. } } subscribes now and after each reconnect, from the last received event on
//   { "leave": true }       disconnects

import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const [base, way] = process.argv.slice(2);
const transports = way === 'both' ? ['polling', 'websocket'] : [way];
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

let auth = {};
let wish;
let last;
const socket = io(`${base}/events`, {
  transports,
  autoConnect: false,
  reconnectionDelay: 20,
  reconnectionDelayMax: 200,
  auth: (give) => give(auth),
});

/**
 * Subscribes to events. Uses a callback, because the answer must be printed before the events that follow it: a promise
 * would resolve only after the events of the same packet.
 */
function subscribe() {
  const wanted = last === undefined ? wish : { ...wish, after: last };
  socket.emit('subscribe', wanted, (answer) => {
    if (answer.seq !== undefined) last = Math.max(last ?? 0, answer.seq);
    say({ ack: answer });
  });
}

socket.on('connect', () => {
  say({ connect: socket.id });
  socket.io.engine.once('upgrade', () => say({ upgrade: socket.io.engine.transport.name }));
  if (wish) subscribe();
});
socket.on('connect_error', (error) => say({ connect_error: error.data ?? String(error.message) }));
socket.on('disconnect', (reason) => say({ disconnect: reason }));
socket.on('closing', (closing) => say({ closing }));
socket.on('event', (event) => {
  if (event.seq !== null) last = event.seq;
  say({ event });
});

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.token !== undefined) {
    auth = { token: command.token };
    socket.connect();
  }
  if (command.subscribe) {
    wish = command.subscribe;
    if (socket.connected) subscribe();
  }
  if (command.leave) socket.disconnect();
}
process.exit(0);
