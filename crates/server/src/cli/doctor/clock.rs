//! Checks that the machine's clock is plausible: TLS, tokens and schedules all depend on it.

use linekeeper_model::Timestamp;

use super::finding::Finding;

const SUBJECT: &str = "clock";

/// A clock that shows an earlier time is certainly wrong, because linekeeper did not exist then.
const NOT_BEFORE: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z
/// A clock that shows this time or later is certainly wrong.
const NOT_AFTER: i64 = 4_102_444_800; // 2100-01-01T00:00:00Z

pub(super) fn check(now: Timestamp) -> Finding {
    if (NOT_BEFORE..NOT_AFTER).contains(&now.as_second()) {
        return Finding::ok(SUBJECT, format!("{now:.0}"));
    }
    Finding::fail(SUBJECT, format!("says {now:.0}"), "Set it, and keep it set: `timedatectl set-ntp true`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_reset_is_reported() {
        assert!(check(Timestamp::UNIX_EPOCH).is_failure());
        assert!(!check("2026-06-01T00:00:00Z".parse().unwrap()).is_failure());
        assert!(check("2100-01-01T00:00:00Z".parse().unwrap()).is_failure());
    }
}
