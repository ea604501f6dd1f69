//! Sends members an email when accounts need attention, and when those accounts work again. Events only say which
//! accounts to check. When an email is written, the accounts are checked, and the result is the content of the email.

mod digest;
mod notifier;
mod standing;
mod windows;

pub use notifier::Notifier;
pub use windows::Pauses;
