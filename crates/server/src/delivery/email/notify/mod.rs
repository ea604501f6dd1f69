//! Sends members an email when accounts need attention, and when those accounts work again. Events only say which
//! accounts to check. What the email says comes from checking the accounts when it is written.

mod digest;
mod notifier;
mod standing;
mod windows;

pub use notifier::Notifier;
pub use windows::Pauses;
