//! The encryption of stored data. A master key encrypts ("wraps") data keys. A data key encrypts ("seals") values
//! and makes keyed hashes for lookups. If a value cannot be decrypted, this is an error: the value is never
//! treated as missing.

mod cipher;
mod data_key;
mod fingerprint;
mod key_file;
mod key_files;
mod key_ring;
mod master_key;
mod master_key_error;
mod pieces;
mod record;
mod stream;
mod tag;
mod weak;

pub(crate) use cipher::Cipher;
pub(crate) use data_key::{DataKey, Owner};
pub use fingerprint::Fingerprint;
pub use key_files::KeyFiles;
pub use key_ring::KeyRing;
pub use master_key::MasterKey;
pub use master_key_error::MasterKeyError;
pub use pieces::{AlteredFile, FileKey, PIECE, Pieces};
pub(crate) use record::UnsealError;
pub use stream::StreamError;
pub(crate) use stream::{Opener, Sealer};
pub(crate) use tag::Tag;
