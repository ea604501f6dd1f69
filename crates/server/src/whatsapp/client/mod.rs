//! One account's client of the protocol library. This module opens, runs, watches and closes the client, and passes on
//! what the client reports about the account.

mod custody;
pub(super) mod devices;
pub(super) mod goodbye;
pub(super) mod line;
mod observer;
mod outcome;
mod own_name;
mod profile;
pub(super) mod restrictions;
mod run;
pub(super) mod signal;
mod stanza;
mod watch;
