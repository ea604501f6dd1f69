//! Streams: Debian's own nats-server and rabbitmq-server, stopped while events flow.

mod nats;
mod rabbit;
mod world;
