//! Writes all data of an installation into one portable file, a dump, and makes an installation from a dump. The
//! same file works for SQLite and PostgreSQL. A dump never contains the master key. The caller decides where dumps
//! are kept.
//!
//! A dump is an encrypted zstd stream of CBOR values (RFC 8742): first the [`Manifest`], and then one array for
//! each row. The tables are in the order of the manifest.

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
