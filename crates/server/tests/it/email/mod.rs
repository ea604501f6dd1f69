//! E-mail, with a real mail server.

mod notify;
mod queue;
mod weekly;
