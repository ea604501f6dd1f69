//! Figures are numbers about accounts, added up by hour, day or week. The tests check what is counted despite
//! kills, and what callers get.

mod count;
mod routes;
mod world;
