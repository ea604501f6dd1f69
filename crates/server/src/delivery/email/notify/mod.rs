//! Mails members when accounts need attention, and when those accounts work again. It checks the accounts at the
//! moment of writing; events only say which accounts to check.

mod digest;
mod notifier;
mod standing;
mod windows;

pub use notifier::Notifier;
pub use windows::Pauses;
