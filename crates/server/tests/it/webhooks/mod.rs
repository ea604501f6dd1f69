//! Webhooks over real connections: what is refused, what is sent and in which order, and what becomes of endpoints that do
//! not work.

mod delivery;
mod kill;
pub mod receiver;
mod routes;
mod trouble;
pub mod world;
