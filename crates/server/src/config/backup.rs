//! Where backups go, and how often.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// Backups.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Where they go; none are made by the server when unset.
    #[serde(default, deserialize_with = "place")]
    pub to: Option<Place>,
    /// Hours between two of them; 0 for none.
    pub every: u32,
    /// How many are kept.
    pub keep: NonZeroU32,
}

/// A place for backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of this machine, made at need.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store, and the beginning of all names in it.
    S3 {
        /// The bucket.
        bucket: String,
        /// Without slashes around it; may be empty.
        prefix: String,
    },
}

impl Backup {
    /// How often the server makes one; `None` for never.
    pub const fn period(&self) -> Option<Duration> {
        match (&self.to, self.every) {
            (None, _) | (_, 0) => None,
            (_, hours) => Some(Duration::from_secs(hours as u64 * 60 * 60)),
        }
    }
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

fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Place>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
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
