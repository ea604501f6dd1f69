//! E-mail, with a real mail server.

mod notify;
mod queue;
pub mod smtp;
mod weekly;
