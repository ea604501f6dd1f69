//! Faults from outside: what the server stands on goes away and comes back, and nobody restarts it.

mod clock;
mod database;
pub mod disk;
mod history;
mod outage;
pub mod readiness;
