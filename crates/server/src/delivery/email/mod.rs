//! E-mail: a durable queue in storage, and one worker that passes its mails to the mail server. Other code puts a
//! mail into the queue in its own transaction, and wakes the worker after the commit.

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
