//! Keys for programs.

pub(super) mod create;
