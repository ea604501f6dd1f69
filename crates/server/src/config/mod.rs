//! Configuration: command line over environment over `linekeeper.toml` over the embedded defaults.
//! Read once, checked as a whole before any port opens.

mod encryption;
mod load;
mod loopback;
mod sections;
#[cfg(test)]
mod tests;

pub use encryption::Encryption;
pub use load::{ConfigError, Sources};
pub use loopback::is_loopback;
pub use sections::{Config, Database, Log, LogFormat, Metrics, Server, Traces, WhatsApp};

/// The commented defaults, which are also the reference.
pub const DEFAULTS: &str = include_str!("defaults.toml");
