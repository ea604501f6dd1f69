//! Email: a durable queue in the database, and one worker that passes the queued emails to the mail server. Other
//! code puts an email into the queue in its own transaction, and wakes the worker after the commit.

mod letterhead;
pub mod letters;
mod mailer;
mod notify;
mod queue;
mod reach;
mod sender;
mod weekly;

pub use mailer::Mailer;
pub use notify::{Notifier, Pauses};
pub use queue::Queue;
pub use sender::{InvalidSmtp, Sender};
pub use weekly::WeeklyReports;
