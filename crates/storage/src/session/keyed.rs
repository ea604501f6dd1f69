//! Values that contain their own key. Some methods must return the keys of rows. The tag of a row is only a hash of the
//! key, so the key cannot be computed from the tag.

use crate::vault::VaultError;

/// Joins a key and the rest of a value: the key's length (4 bytes, big-endian), the key, and the rest.
pub(super) fn join(key: &[u8], rest: &[u8]) -> Vec<u8> {
    let length = u32::try_from(key.len()).expect("keys are short");
    [&length.to_be_bytes(), key, rest].concat()
}

/// Splits a value that [`join`] made. `what` names the kind of row in an error.
pub(super) fn split<'v>(what: &'static str, value: &'v [u8]) -> Result<(&'v [u8], &'v [u8]), VaultError> {
    let parts = value.split_first_chunk::<4>().and_then(|(length, rest)| {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        rest.split_at_checked(length)
    });
    parts.ok_or_else(|| VaultError::unreadable(what, "it is not a key and a value"))
}

/// The key in a value, as text.
pub(super) fn text_key(what: &'static str, value: &[u8]) -> Result<String, VaultError> {
    let (key, _) = split(what, value)?;
    String::from_utf8(key.to_vec()).map_err(|error| VaultError::unreadable(what, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_key_and_value_are_split_again() {
        for (key, rest) in [("", ""), ("key", ""), ("", "rest"), ("key", "rest")] {
            let value = join(key.as_bytes(), rest.as_bytes());
            assert_eq!(split("test", &value).unwrap(), (key.as_bytes(), rest.as_bytes()));
        }
    }

    #[test]
    fn a_malformed_value_is_an_error() {
        for value in [&[][..], &[0, 0, 0], &[0, 0, 0, 2, 1], &[255, 255, 255, 255, 1]] {
            assert!(split("test", value).is_err());
        }
    }
}
