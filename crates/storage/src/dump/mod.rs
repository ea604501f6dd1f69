//! All that an installation keeps as one portable file, and an installation made of such a file. The same file fits
//! SQLite and PostgreSQL. It must not know where files go; and the master key is never in one.
//!
//! A dump is a sealed stream of zstd of a CBOR sequence (RFC 8742): the [`Manifest`], then one array for each row,
//! table after table, in the manifest's order.

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
