//! Whether there is a backup that is not too old.

use std::time::Duration;

use jiff::Timestamp;
use linekeeper_storage::Storage;

use super::finding::Finding;
use crate::backup::Report;
use crate::config::Config;

const SUBJECT: &str = "backups";

pub(super) async fn check(storage: &Storage, config: &Config, now: Timestamp) -> Finding {
    match Report::read(storage).await {
        Ok(mut report) => {
            // What lies elsewhere is not what the server's clock makes.
            let place = config.backup.to.as_ref().map(ToString::to_string);
            report.last = report.last.filter(|last| place.as_ref().is_none_or(|place| *place == last.place));
            judged(&report, config.backup.period(), now)
        }
        Err(error) => Finding::of_error(SUBJECT, &error, "Look at the database first."),
    }
}

/// `every` is none where the server makes none.
fn judged(report: &Report, every: Option<Duration>, now: Timestamp) -> Finding {
    if let Some(failure) = &report.failure {
        let text = format!("failed {} times, last at {}: {}", failure.in_a_row, failure.at, failure.reason);
        return Finding::warn(SUBJECT, text, "Mend that, and run `linekeeper backup`.");
    }
    let Some(last) = &report.last else {
        return match every {
            Some(_) => Finding::ok(SUBJECT, "the first one is made soon after the server starts"),
            None => Finding::warn(
                SUBJECT,
                "there is none",
                "Set BACKUP_TO, or run `linekeeper backup --to PLACE` by a clock of your own.",
            ),
        };
    };
    let text = format!("{}/{}, restored for a trial", last.place, last.name);
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
    use crate::backup::{Failure, Success};

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn old_failed_and_missing_backups_are_told() {
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
