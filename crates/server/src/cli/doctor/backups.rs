//! Checks that BACKUP_TO has a backup that is not too old and still exists.

use std::time::Duration;

use jiff::Timestamp;
use linekeeper_storage::Storage;

use super::finding::Finding;
use crate::backup::{BackupError, Destination, Report, Success};
use crate::config::{Config, Place};
use crate::whatsapp;

const SUBJECT: &str = "backups";

/// Checks the last backup. With `offline`, an S3 store is not contacted.
pub(super) async fn check(storage: &Storage, config: &Config, now: Timestamp, offline: bool) -> Finding {
    let Some(place) = &config.backup.to else {
        return Finding::warn(
            SUBJECT,
            "BACKUP_TO is not set, so nobody looks after them",
            "Set BACKUP_TO; with BACKUP_EVERY=0 where a clock of your own runs `linekeeper backup`.",
        );
    };
    let mut report = match Report::read(storage).await {
        Ok(report) => report,
        Err(error) => return Finding::of_error(SUBJECT, &error, "Look at the database first."),
    };
    // If the last backup is in another folder or S3 store, it was made before BACKUP_TO was changed, and does not
    // count.
    report.last = report.last.filter(|last| last.place == place.to_string());
    if let Some(last) = &report.last
        && let Some(finding) = missing(config, place, last, offline).await
    {
        return finding;
    }
    judged(&report, config.backup.period(), now)
}

/// Returns a finding if the last backup no longer exists.
async fn missing(config: &Config, place: &Place, last: &Success, offline: bool) -> Option<Finding> {
    let folder = match place {
        Place::Folder(folder) => Some(folder),
        Place::S3 { .. } if offline => return None,
        Place::S3 { .. } => None,
    };
    let text =
        format!("the last one, {}/{} of {:.0}, is not there any more", last.place, last.name, last.made_at);
    let gone =
        || Some(Finding::warn(SUBJECT, &text, "Find out who removed it, and run `linekeeper backup`."));
    // The folder is checked first, because opening it would create it.
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return gone();
    }
    let opened = Destination::open(place, &config.s3, &whatsapp::client_config());
    let found = match opened {
        Ok(destination) => destination.find(&last.name).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(_) => None,
        Err(BackupError::Missing { .. }) => gone(),
        Err(error) => Some(Finding::warn(
            SUBJECT,
            error.in_full(),
            "Check that place and, for a store, its credentials.",
        )),
    }
}

/// Judges the age of the last backup. `every` is the period of scheduled backups, or `None` if the server makes
/// none.
fn judged(report: &Report, every: Option<Duration>, now: Timestamp) -> Finding {
    if let Some(failure) = &report.failure {
        let text = format!("failed {} times, last at {}: {}", failure.in_a_row, failure.at, failure.reason);
        return Finding::warn(SUBJECT, text, "Mend that, and run `linekeeper backup`.");
    }
    let Some(last) = &report.last else {
        return match every {
            Some(_) => Finding::ok(SUBJECT, "the first one is made soon after the server starts"),
            None => {
                Finding::warn(SUBJECT, "there is none", "Let a clock of your own run `linekeeper backup`.")
            }
        };
    };
    let text = format!("{}/{} of {:.0}, restored for a trial", last.place, last.name, last.made_at);
    let overdue =
        every.and_then(|every| last.made_at.checked_add(every * 2).ok()).is_some_and(|due| now > due);
    if overdue {
        return Finding::warn(SUBJECT, format!("the last one is old: {text}"), "Does the server run?");
    }
    Finding::ok(SUBJECT, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::Failure;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn old_failed_and_missing_backups_are_reported() {
        let told = |report: &Report, every| {
            judged(report, every, "2026-01-10T00:00:00Z".parse().unwrap()).to_string()
        };
        let at = |time: &str| {
            let made_at = time.parse().unwrap();
            let last = Success { made_at, name: "n".to_owned(), place: "p".to_owned(), bytes: 1, rows: 1 };
            Report { last: Some(last), failure: None }
        };
        assert!(told(&Report::default(), None).starts_with("warn"));
        assert!(told(&Report::default(), Some(DAY)).starts_with("ok"));
        assert!(told(&at("2026-01-09T00:00:00Z"), Some(DAY)).starts_with("ok"));
        assert!(told(&at("2026-01-07T00:00:00Z"), Some(DAY)).starts_with("warn"));
        assert!(told(&at("2026-01-07T00:00:00Z"), None).starts_with("ok"));
        let failure = Failure { at: Timestamp::UNIX_EPOCH, reason: "no room".to_owned(), in_a_row: 3 };
        let failed = Report { failure: Some(failure), ..at("2026-01-09T00:00:00Z") };
        let said = told(&failed, Some(DAY));
        assert!(said.starts_with("warn") && said.contains("no room") && said.contains("3 times"), "{said}");
    }
}
