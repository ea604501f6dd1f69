//! Streams: Debian's own nats-server and rabbitmq-server, stopped in mid-stream.

mod nats;
mod rabbit;
mod world;
