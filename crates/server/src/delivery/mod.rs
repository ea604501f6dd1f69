//! Everything that the server sends, apart from API answers. Each kind reads the log or a queue in storage at its own
//! pace. This module must not know who runs the accounts, nor HTTP.

pub mod email;
pub mod live;
pub mod streams;
pub mod webhooks;
