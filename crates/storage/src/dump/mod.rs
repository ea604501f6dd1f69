//! Writes all data of an installation into one portable file, and makes an installation from such a file. The same
//! file works for SQLite and PostgreSQL. This module must not know where files are stored, and the master key is
//! never in one.
//!
//! A dump is a sealed zstd stream of a CBOR sequence (RFC 8742): the [`Manifest`], then one array for each row, table
//! by table, in the manifest's order.

mod catalogue;
mod constraints;
mod error;
mod file;
mod manifest;
mod postgres;
mod restore;
mod rows;
mod source;
mod sqlite;
mod write;

pub use error::{DumpError, RestoreError};
pub use manifest::{About, Manifest, TableManifest};
pub use restore::restore;
