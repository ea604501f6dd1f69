//! The refs of a QR code, and how long each one is valid: the first for a minute, later ones for twenty seconds
//! each.

use jiff::{SignedDuration, Timestamp};

/// How long the first ref is valid. WhatsApp's own clients show it for the same time.
const FIRST_REF: SignedDuration = SignedDuration::from_secs(60);
/// How long each later ref is valid, after the previous one has expired.
const LATER_REF: SignedDuration = SignedDuration::from_secs(20);

/// The refs of one `<pair-device>`. The client shows them one after the other. Each ref expires when the client
/// shows the next one.
#[derive(Debug, Clone)]
pub struct RefSet {
    refs: Vec<String>,
    issued: Timestamp,
    expired: bool,
}

impl RefSet {
    /// Creates the set of refs that the server sends at the time `issued`.
    pub fn new(refs: Vec<String>, issued: Timestamp) -> Self {
        Self { refs, issued, expired: false }
    }

    /// The refs, in the order in which the client shows them.
    pub fn refs(&self) -> &[String] {
        &self.refs
    }

    /// Makes all refs expire.
    pub fn expire(&mut self) {
        self.expired = true;
    }

    /// Whether the ref `wanted` is still valid. Returns `None` if it is not in this set.
    pub fn stands(&self, wanted: &str, now: Timestamp) -> Option<bool> {
        let index = self.refs.iter().position(|r| r == wanted)?;
        let later = i32::try_from(index).unwrap_or(i32::MAX);
        let end = self.issued + FIRST_REF + LATER_REF * later;
        Some(!self.expired && now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn refs() -> RefSet {
        RefSet::new(vec!["a".into(), "b".into(), "c".into()], ISSUED)
    }

    #[test]
    fn the_first_ref_is_valid_for_60_seconds_and_each_later_one_for_20() {
        let refs = refs();
        for (reference, last_second) in [("a", 59), ("b", 79), ("c", 99)] {
            assert_eq!(refs.stands(reference, at(last_second)), Some(true), "{reference}");
            assert_eq!(refs.stands(reference, at(last_second + 1)), Some(false), "{reference}");
        }
        assert_eq!(refs.stands("x", at(0)), None);
    }

    #[test]
    fn expired_refs_do_not_become_valid_again() {
        let mut refs = refs();
        refs.expire();
        assert_eq!(refs.stands("a", at(0)), Some(false));
    }
}
