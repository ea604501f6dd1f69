//! Listing and ending a person's sign-ins.

pub(in crate::http) mod end;
pub(in crate::http) mod end_others;
pub(in crate::http) mod list;
