//! Why a master key cannot be used.

use std::path::PathBuf;

/// The master key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// The text is not in one of the three formats of a key.
    #[error(
        "the encryption key must be 32 bytes: 64 hexadecimal digits, 44 characters of base64, or exactly 32 \
         characters (make one with `openssl rand -hex 32`)"
    )]
    Malformed,
    /// The key can be guessed.
    #[error("the encryption key is {0}: make a random one with `openssl rand -hex 32`")]
    Weak(&'static str),
    /// Other users of the machine can read the key file.
    #[error("the key file {path} can be read by other users of this machine: run `chmod 600 {path}`", path = .0.display())]
    Exposed(PathBuf),
    /// The key file cannot be read or written.
    #[error("cannot use the key file {}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// The file with the previous key of an earlier rotation still exists. This rotation needs that file name for the
    /// current key.
    #[error(
        "{path} holds the key from before the last rotation, which opens older backups: keep it with them and move \
         it away, or delete it; then rotate again", path = .0.display()
    )]
    PreviousInTheWay(PathBuf),
}
