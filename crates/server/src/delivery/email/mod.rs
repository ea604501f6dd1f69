//! E-mail: a durable queue in storage, and the one worker that hands its mails to the mail server. Whoever has something
//! to say puts a mail into the queue in their own transaction, and wakes the worker when it is committed.

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
