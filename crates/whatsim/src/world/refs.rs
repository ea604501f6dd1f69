//! The refs of a QR code, and how long each one is valid: the first for a minute, later ones for twenty seconds
//! each.

use jiff::{SignedDuration, Timestamp};

/// How long a client shows the first ref. WhatsApp's own clients use the same times.
const FIRST_REF: SignedDuration = SignedDuration::from_secs(60);
/// How long a client shows each later ref.
const LATER_REF: SignedDuration = SignedDuration::from_secs(20);

/// The refs of one `<pair-device>`. The client shows them in order. Each is valid until its time is over.
#[derive(Debug, Clone)]
pub struct RefSet {
    refs: Vec<String>,
    issued: Timestamp,
    expired: bool,
}

impl RefSet {
    /// A set of refs that are sent at the time `issued`.
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

    /// Whether `wanted` is still valid. Returns `None` if it is not one of these refs.
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
