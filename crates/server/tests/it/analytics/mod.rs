//! Figures: what is counted despite kills, and what callers get.

mod count;
mod routes;
mod world;
