//! The passkey that protects some accounts: WhatsApp's request for it, the passkey's answer, and the comparison of
//! codes that follows.

pub(in crate::http) mod assertion;
pub(in crate::http) mod confirm;
pub(in crate::http) mod show;
