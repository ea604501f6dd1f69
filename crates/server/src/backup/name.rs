//! Names of backups. They sort by time. They also distinguish backups from other files in the same folder.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const BEGINNING: &str = "linekeeper-";
const END: &str = ".backup";
const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// A backup's name, such as `linekeeper-20260131T235959.123Z.backup`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The name of a backup that is made at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(format!("{BEGINNING}{}{END}", now.strftime(TIME)))
    }

    /// Returns `text` as a name if it is a valid name of a backup.
    pub fn parse(text: &str) -> Option<Self> {
        let time = text.strip_prefix(BEGINNING)?.strip_suffix(END)?;
        let time = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        // The same time can be written in another form. Such a name is refused, because it would not sort by time.
        Some(Self::at(time)).filter(|name| name.0 == text)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backup_names_sort_by_time_and_are_read_back() {
        let times = ["2026-01-31T23:59:59.123Z", "2026-01-31T23:59:59.2Z", "2026-02-01T00:00:00Z"];
        let names = times.map(|time| Name::at(time.parse().unwrap()));
        assert_eq!(names[0].as_str(), "linekeeper-20260131T235959.123Z.backup");
        assert!(names.is_sorted());
        assert!(names.iter().all(|name| Name::parse(name.as_str()).as_ref() == Some(name)));
    }

    #[test]
    fn files_with_other_names_are_not_recognised_as_backups() {
        for text in [
            "notes.txt",
            "linekeeper-.backup",
            "linekeeper-20260131T235959.123Z.backup#1",
            "linekeeper-20260131T235959Z.backup",
            "linekeeper-20261331T235959.123Z.backup",
            "../linekeeper-20260131T235959.123Z.backup",
        ] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
    }
}
