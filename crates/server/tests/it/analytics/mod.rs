//! Figures: what is counted whatever is killed, and what callers are told.

mod count;
mod routes;
mod world;
