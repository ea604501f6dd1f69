//! Where somebody is signed in, and how they end that elsewhere.

pub(in crate::http) mod end;
pub(in crate::http) mod end_others;
pub(in crate::http) mod list;
