//! Converts the reason why messages were not accepted to an error of the API. The error names the wrong field.

use jiff::Timestamp;

use crate::http::answer::error::ApiError;
use crate::messages::{SendRefused, WrongFile};

/// Converts `refused` to an error of the API. `place` gets the index of the wrong message and returns its path in the
/// request, such as `messages[1].`.
pub(super) fn refusal(refused: SendRefused, now: Timestamp, place: impl Fn(usize) -> String) -> ApiError {
    let field = |index: usize, name: &str, code, message: &str| {
        ApiError::field(&format!("{}{name}", place(index)), code, message)
    };
    match refused {
        SendRefused::NotLinked => ApiError::NotLinked,
        SendRefused::QueueFull => ApiError::QueueFull,
        SendRefused::DailyLimit { until } => {
            let left = std::time::Duration::try_from(until.duration_since(now));
            ApiError::DailyLimitReached { retry_after: left.unwrap_or_default() }
        }
        SendRefused::UnknownRecipient(index) => {
            field(index, "to", "not_found", "must be a chat or a person of this account")
        }
        SendRefused::WrongRecipient(index) => {
            field(index, "to", "unsupported", "must be a person or a group")
        }
        SendRefused::UnknownReply(index) => {
            field(index, "replyTo", "not_found", "must be a message of the same chat")
        }
        SendRefused::UnknownTarget(index, kind) => {
            field(index, &format!("{kind}.messageId"), "not_found", "must be a message of this account")
        }
        SendRefused::WrongTarget(index, kind) => {
            let name = format!("{kind}.messageId");
            field(index, &name, "unsupported", "must be a message to which this can be done")
        }
        SendRefused::UnknownMention(index, mention) => {
            field(index, &format!("mentions[{mention}]"), "not_found", "must be a person of this account")
        }
        SendRefused::WrongFile(wrong) => {
            let WrongFile { index, kind, field: name, code, message } = *wrong;
            field(index, &format!("{kind}.{name}"), code, &message)
        }
        SendRefused::Storage(error) => error.into(),
    }
}
