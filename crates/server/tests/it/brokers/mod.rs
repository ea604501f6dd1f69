//! Streams to message brokers: Debian's nats-server and rabbitmq-server, which are stopped while events flow.

mod nats;
mod rabbit;
mod world;
