//! Everything that the server sends, except the answers of the API. Each part reads the log or a queue in the
//! database at its own pace. This module must know neither who runs the accounts nor HTTP.

pub mod email;
pub mod live;
pub mod streams;
pub mod webhooks;
