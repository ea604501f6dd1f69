//! E-mail over a real mail server.

mod notify;
mod queue;
mod weekly;
