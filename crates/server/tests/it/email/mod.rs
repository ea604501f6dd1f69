//! E-mail, with a real mail server.

mod queue;
pub mod smtp;
