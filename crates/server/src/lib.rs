//! linekeeper keeps WhatsApp accounts online for CRMs and for businesses that depend on WhatsApp. The module `app`
//! connects the parts of the server. `main` only parses the command line.

pub mod accounts;
pub mod analytics;
pub mod app;
pub mod backup;
pub mod cli;
pub mod config;
pub mod credentials;
pub mod delivery;
pub mod events;
pub mod guard;
pub mod http;
pub mod lifecycle;
pub mod lock;
pub mod media;
pub mod memory;
pub mod messages;
pub mod open_files;
pub mod s3;
pub mod telemetry;
pub mod whatsapp;
