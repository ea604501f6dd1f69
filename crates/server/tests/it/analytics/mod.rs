//! Figures are numbers about accounts, added up by hour, day or week. The tests check that every event is counted even
//! if the counter is killed, and which figures callers get.

mod count;
mod routes;
mod world;
