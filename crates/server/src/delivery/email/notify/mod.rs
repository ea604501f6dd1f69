//! Tells members by e-mail when accounts need somebody, and when those accounts work again. It looks at what accounts are
//! at the moment of writing, not at what happened to them: events only say which ones to look at.

mod digest;
mod notifier;
mod standing;
mod windows;

pub use notifier::Notifier;
pub use windows::Pauses;
