//! The configuration. The command line overrides the environment. The environment overrides the file
//! `linekeeper.toml`, and the file overrides the embedded defaults. The configuration is read once, and checked as
//! a whole before any port opens.

mod address;
mod backup;
mod database;
mod encryption;
mod environment;
mod jwt;
mod load;
mod loopback;
mod media;
mod place;
mod s3;
mod sections;
mod smtp;
mod streams;
#[cfg(test)]
mod tests;
mod values;

pub use backup::Backup;
pub use encryption::Encryption;
pub use environment::{UnknownVariable, unknown_variables};
pub use jwt::{Jwt, JwtIssuer, JwtKeys};
pub use load::{ConfigError, Sources};
pub use loopback::is_loopback;
pub use media::Media;
pub use place::Place;
pub use s3::S3;
pub use sections::{
    Config, Database, Log, LogFormat, Metrics, Notify, Server, Smtp, Streams, Traces, WhatsApp,
};

/// The embedded defaults. Their comments are also the reference of all settings.
pub const DEFAULTS: &str = include_str!("defaults.toml");
