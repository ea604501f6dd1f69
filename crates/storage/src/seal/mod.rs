//! Encryption at rest: a master key wraps data keys; a data key seals values and hashes lookup keys. This module must
//! not know what it seals. A value that cannot be decrypted is an error, never treated as absent.

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
