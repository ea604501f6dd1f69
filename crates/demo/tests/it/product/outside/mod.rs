//! Trouble from outside: something that the server needs disappears and returns, and nobody restarts the server.

mod clock;
mod database;
pub mod disk;
mod history;
mod outage;
pub mod readiness;
