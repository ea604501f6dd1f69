//! Keys for programs, for whoever manages them. A key never gives more than whoever makes or changes it has.

pub(super) mod create;
pub(super) mod delete;
mod key_json;
mod limits;
pub(super) mod list;
mod rights;
pub(super) mod show;
pub(super) mod update;
