//! Scheduled backups. A backup that fails is tried again after growing pauses. The server keeps running in any case.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linekeeper_model::audit::{Action, By};
use linekeeper_storage::{Storage, StorageError};
use tokio_util::sync::CancellationToken;

use super::{BackupError, Job, Report, Reports};

/// The pause between two checks of the clock. It is short, because the clock may jump and the machine may sleep.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The pause after the first failure. It doubles after each further failure.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// The longest pause between two attempts.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// Makes a backup whenever one is due, until `stopping` is cancelled.
pub async fn run(job: Job, every: Duration, reports: Reports, stopping: CancellationToken) {
    tracing::info!(to = %job.place, every_hours = every.as_secs() / 3600, "backups are made by the clock");
    while !stopping.is_cancelled() {
        // The command line may have made a backup. So the stored report is read each time.
        match Report::read(&job.storage).await {
            Ok(report) => reports.set(report),
            Err(error) => tracing::warn!(%error, "the last backup cannot be looked up"),
        }
        if job.clock.now() >= due(&reports.now(), &job.place.to_string(), every) {
            // If the server stops, an unfinished backup is interrupted. A finished backup is still recorded in the
            // report, the log and the audit log.
            let Some(made) = stopping.run_until_cancelled(job.make()).await else { return };
            match job.note(made).await {
                Ok(taken) => {
                    tracing::info!(
                        name = taken.success.name,
                        bytes = taken.success.bytes,
                        rows = taken.success.rows,
                        removed = taken.removed,
                        "backed up, and restored for a trial"
                    );
                    if let Err(error) = record(&job.storage, &taken.success.name).await {
                        tracing::error!(%error, "the audit log could not be told of a backup");
                    }
                }
                Err(error @ BackupError::UnderWay(_)) => tracing::info!(%error, "no backup now"),
                Err(error) => tracing::error!(error = error.in_full(), "the backup failed; trying again"),
            }
        }
        stopping.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await;
    }
}

/// Adds an entry for the backup to the installation's audit log.
async fn record(storage: &Storage, name: &str) -> Result<(), StorageError> {
    let mut tx = storage.begin().await?;
    tx.audit().append(&By::system().did(None, Action::BackupCreated).with("backup", name)).await?;
    tx.commit().await
}

/// When the next backup to the folder or S3 store `place` is due. A backup that was stored elsewhere does not count.
fn due(report: &Report, place: &str, every: Duration) -> Timestamp {
    if let Some(failure) = &report.failure {
        let doublings = failure.in_a_row.saturating_sub(1).min(16);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        return failure.at.saturating_add(pause).unwrap_or(failure.at);
    }
    match report.last.as_ref().filter(|last| last.place == place) {
        Some(last) => last.made_at.checked_add(every).unwrap_or(Timestamp::MAX),
        None => Timestamp::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::{Failure, Success};

    const DAY: Duration = Duration::from_secs(86_400);

    fn after(in_a_row: u32) -> SignedDuration {
        let at = Timestamp::UNIX_EPOCH;
        let failure = Some(Failure { at, reason: String::new(), in_a_row });
        due(&Report { last: None, failure }, "p", DAY).duration_since(at)
    }

    #[test]
    fn the_first_backup_is_due_at_once_and_the_next_one_period_later() {
        assert_eq!(due(&Report::default(), "p", DAY), Timestamp::MIN);
        let success = Success {
            made_at: Timestamp::UNIX_EPOCH,
            name: String::new(),
            place: "p".to_owned(),
            bytes: 0,
            rows: 0,
        };
        let report = Report { last: Some(success), failure: None };
        assert_eq!(due(&report, "p", DAY), "1970-01-02T00:00:00Z".parse().unwrap());
        assert_eq!(due(&report, "elsewhere", DAY), Timestamp::MIN);
    }

    #[test]
    fn pauses_between_attempts_grow_up_to_an_hour() {
        let minutes: Vec<i64> = (1..=8).map(|count| after(count).as_mins()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(after(u32::MAX), LONGEST_PAUSE);
    }
}
