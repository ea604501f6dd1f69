//! Adds two columns to the accounts: the failure of an account with its details in a structured format, and whether a
//! caller gave the account's number. Earlier versions stored a sentence for people. Details that were only in the
//! sentence, such as the end of a ban, were lost at a restart.

use std::pin::Pin;

use linekeeper_model::failure::{Failure, Rejection};
use linekeeper_model::id::AccountId;
use linekeeper_model::reason::Reason;

use crate::db::Connection;
use crate::error::Cause;
use crate::repositories::seal_failure;
use crate::seal::Cipher;

/// Runs the migration that the module describes.
pub(super) fn run<'a>(
    connection: &'a mut Connection<'_>,
    cipher: &'a Cipher,
) -> Pin<Box<dyn Future<Output = Result<(), Cause>> + Send + 'a>> {
    Box::pin(async move {
        const ADD_SQLITE: [&str; 2] = [
            "ALTER TABLE accounts ADD COLUMN failure BLOB",
            "ALTER TABLE accounts ADD COLUMN number_given INTEGER NOT NULL DEFAULT 0",
        ];
        const ADD_POSTGRES: [&str; 2] = [
            "ALTER TABLE accounts ADD COLUMN failure BYTEA",
            "ALTER TABLE accounts ADD COLUMN number_given BIGINT NOT NULL DEFAULT 0",
        ];
        // Linking a phone gives the account a LID, so a number without a LID was given by the caller.
        const GIVEN: &str = "UPDATE accounts SET number_given = 1 WHERE phone IS NOT NULL AND lid IS NULL";
        const READ: &str = "SELECT id, status_reason, status_message FROM accounts";
        const WRITE: &str = "UPDATE accounts SET failure = $2, status_reason = $3 WHERE id = $1";
        const DROP: &str = "ALTER TABLE accounts DROP COLUMN status_message";
        let add = match connection {
            Connection::Sqlite(_) => ADD_SQLITE,
            Connection::Postgres(_) => ADD_POSTGRES,
        };
        for statement in add {
            connection.execute(statement, &[]).await?;
        }
        connection.execute(GIVEN, &[]).await?;
        for row in connection.fetch_all(READ, &[]).await? {
            let (id, reason): (String, String) = (row.get("id")?, row.get("status_reason")?);
            let message: String = row.get("status_message")?;
            let Ok(reason) = serde_json::from_value::<Reason>(reason.into()) else { continue };
            let Some(failure) = failure(reason, &message) else { continue };
            let account: AccountId = id.parse()?;
            let sealed = seal_failure(cipher, account, failure);
            let values = [id.as_str().into(), sealed.as_slice().into(), failure.reason().code().into()];
            connection.execute(WRITE, &values).await?;
        }
        connection.execute(DROP, &[]).await?;
        Ok(())
    })
}

/// Reads the details of a failure from the sentence of an earlier version.
fn failure(reason: Reason, message: &str) -> Option<Failure> {
    let failure = Failure::recorded(reason)?;
    Some(match failure {
        Failure::TemporarilyBanned { .. } => {
            let until = message.split_once("The ban ends at ").map(|(_, end)| end.trim_end_matches('.'));
            Failure::TemporarilyBanned { until: until.and_then(|until| until.parse().ok()) }
        }
        Failure::Refused { .. } => {
            let code = message.split_once("with code ").map(|(_, code)| code.trim_end_matches('.'));
            Failure::Refused { code: code.and_then(|code| code.parse().ok()).unwrap_or(0) }
        }
        Failure::PairingRejected { .. } if message.contains("no more codes") => {
            Failure::PairingRejected { why: Rejection::Throttled }
        }
        Failure::PhoneMismatch { .. } => {
            Failure::PhoneMismatch { came: None, taken: message.contains("belongs to another account") }
        }
        failure => failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_sentences_that_earlier_versions_stored_are_understood() {
        for (reason, message, expected) in [
            (
                Reason::TemporarilyBanned,
                "WhatsApp banned this account for a time. The ban ends at 2026-11-28T12:00:00Z.",
                Failure::TemporarilyBanned { until: "2026-11-28T12:00:00Z".parse().ok() },
            ),
            (
                Reason::TemporarilyBanned,
                "WhatsApp banned this account for a time.",
                Failure::TemporarilyBanned { until: None },
            ),
            (
                Reason::Refused,
                "WhatsApp refused the connection with code 463.",
                Failure::Refused { code: 463 },
            ),
            (
                Reason::PairingRejected,
                "WhatsApp gives out no more codes for this number for a while.",
                Failure::PairingRejected { why: Rejection::Throttled },
            ),
            (
                Reason::PhoneMismatch,
                "The phone that was scanned belongs to another account here.",
                Failure::PhoneMismatch { came: None, taken: true },
            ),
            (Reason::LoggedOut, "", Failure::LoggedOut),
        ] {
            assert_eq!(failure(reason, message), Some(expected), "{message}");
        }
        assert_eq!(failure(Reason::Online, "Connected."), None);
    }
}
