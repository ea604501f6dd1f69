//! What leaves this server beside its API. Each kind reads the log or a queue in storage, at its own pace.
//! Must not know who runs the accounts, nor HTTP.

pub mod email;
pub mod live;
pub mod streams;
pub mod webhooks;
