//! The routes for the people that an account knows.

pub(in crate::http) mod check;
pub(in crate::http) mod erase;
pub(in crate::http) mod list;
pub(in crate::http) mod show;
