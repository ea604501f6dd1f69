//! What callers attach to an account: tags, by which people find the account, and metadata, such as the ids that other
//! programs use for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::{self, InvalidName};

/// The maximum number of tags of an account.
const MOST_TAGS: usize = 20;
/// The maximum number of characters of a tag.
const LONGEST_TAG: usize = 40;

/// Up to 20 tags of 1 to 40 characters each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(BTreeSet<String>);

/// Why the texts cannot be tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTags {
    /// There are too many tags.
    #[error("must be at most 20 tags")]
    TooMany,
    /// One of the tags is invalid.
    #[error("{cause}")]
    Tag {
        /// The position of the invalid tag, counted from 0.
        index: usize,
        /// The rule that the tag breaks.
        cause: InvalidName,
    },
}

impl Tags {
    /// Checks, trims and sorts the tags. A tag that is given twice counts once.
    pub fn new(tags: impl IntoIterator<Item = String>) -> Result<Self, InvalidTags> {
        let checked = tags.into_iter().enumerate().map(|(index, tag)| {
            name::check(&tag, LONGEST_TAG).map_err(|cause| InvalidTags::Tag { index, cause })
        });
        let tags: Vec<String> = checked.collect::<Result<_, _>>()?;
        if tags.len() <= MOST_TAGS { Ok(Self(tags.into_iter().collect())) } else { Err(InvalidTags::TooMany) }
    }

    /// Takes stored tags without checks, so that they stay readable even if a later version has stricter rules.
    pub fn stored(tags: impl IntoIterator<Item = String>) -> Self {
        Self(tags.into_iter().collect())
    }

    /// The tags in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The metadata of an account: up to 30 entries, each with a name and a text. For example, a CRM can store its own
/// id of the account here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata(BTreeMap<String, String>);

/// The names or texts are not valid metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be at most 30 texts of up to 500 characters, under names of 1 to 40 letters, digits, `_`, `-` and `.`"
)]
pub struct InvalidMetadata;

impl Metadata {
    /// Checks the names and texts. Valid metadata is kept unchanged.
    pub fn new(entries: BTreeMap<String, String>) -> Result<Self, InvalidMetadata> {
        let is_name = |name: &str| {
            (1..=40).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        let fits = entries.iter().all(|(name, value)| is_name(name) && is_text(value, 500));
        if entries.len() <= 30 && fits { Ok(Self(entries)) } else { Err(InvalidMetadata) }
    }

    /// The texts by name.
    pub const fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

fn is_text(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_trimmed_sorted_and_limited() {
        let tags = Tags::new([" b ".to_owned(), "a".to_owned(), "b".to_owned()]).unwrap();
        assert_eq!(tags.iter().collect::<Vec<_>>(), ["a", "b"]);
        for bad in [
            vec!["".to_owned()],
            vec!["x".repeat(41)],
            (0..21).map(|n| n.to_string()).collect(),
            vec!["x".to_owned(); 21],
        ] {
            assert!(Tags::new(bad).is_err());
        }
        let second = Tags::new(["a".to_owned(), "x".repeat(41)]);
        assert_eq!(second, Err(InvalidTags::Tag { index: 1, cause: InvalidName::TooLong { most: 40 } }));
    }

    #[test]
    fn invalid_metadata_keys_and_values_are_refused() {
        let of = |name: &str, value: &str| Metadata::new([(name.to_owned(), value.to_owned())].into());
        assert!(of("crm.id-1_A", "").is_ok());
        for (name, value) in [("", "x"), ("a b", "x"), ("a", "x\0"), ("a", &*"x".repeat(501))] {
            assert_eq!(of(name, value), Err(InvalidMetadata));
        }
    }
}
