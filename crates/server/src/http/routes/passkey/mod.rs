//! The passkey that protects some accounts: WhatsApp's request, the answer to it, and the comparison that follows.

pub(in crate::http) mod assertion;
pub(in crate::http) mod confirm;
pub(in crate::http) mod show;
