//! A person's sign-ins, and how they end them.

pub(in crate::http) mod end;
pub(in crate::http) mod end_others;
pub(in crate::http) mod list;
