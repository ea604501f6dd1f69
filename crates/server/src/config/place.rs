//! Where backups or files are stored: a folder of this machine, or a bucket of an S3-compatible store.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// Where backups or files are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of this machine. It is created if it is missing.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store, and the common prefix of all names in the bucket.
    S3 {
        /// The bucket.
        bucket: String,
        /// The prefix, without a slash at its beginning or end. It may be empty.
        prefix: String,
    },
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() || bucket.contains(['@', ':']) {
                return Err("must name a bucket, as s3://bucket/prefix; its keys are S3_ACCESS_KEY_ID and \
                            S3_SECRET_ACCESS_KEY");
            }
            let prefix = prefix.trim_matches('/').to_owned();
            return Ok(Self::S3 { bucket: bucket.to_owned(), prefix });
        }
        let path = match text.strip_prefix("file://") {
            Some(path) if path.starts_with('/') => path,
            Some(_) => return Err("must be file:/// and an absolute path"),
            None if text.contains("://") => {
                return Err("must be a folder, file:///folder or s3://bucket/prefix");
            }
            None => text,
        };
        if path.is_empty() { Err("must not be empty") } else { Ok(Self::Folder(path.into())) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

pub(super) fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Place>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_backup_places_are_parsed_and_invalid_ones_are_refused() {
        let s3 = |bucket: &str, prefix: &str| {
            Ok(Place::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        };
        assert_eq!("s3://a".parse(), s3("a", ""));
        assert_eq!("s3://a/b/c/".parse(), s3("a", "b/c"));
        assert_eq!("file:///var/backups".parse(), Ok(Place::Folder("/var/backups".into())));
        assert_eq!("backups".parse(), Ok(Place::Folder("backups".into())));
        for text in ["", "s3://", "s3:///x", "s3://key:secret@a/b", "file://x", "https://x/y", "gs://x"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
