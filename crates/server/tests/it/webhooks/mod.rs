//! Webhooks over real connections: what is refused, what is sent and in which order, and what happens to endpoints
//! that fail.

mod delivery;
mod kill;
pub mod receiver;
mod routes;
mod trouble;
pub mod world;
