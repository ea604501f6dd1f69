//! One rule for each aspect of an account's health. The messages of the findings are for people who are not
//! technical.

use jiff::{SignedDuration, Timestamp};

use super::snapshot::Snapshot;
use super::{Finding, FindingCode};
use crate::account::Capping;

/// The percentage of the daily limit at which the usage becomes a warning.
const NEAR_FROM: u64 = 70;
/// The percentage of the daily limit above which the usage is critical.
const CRITICAL_ABOVE: u64 = 90;

/// WhatsApp unlinks a device if it has not seen the phone for about 14 days. A warning after 10 days leaves four
/// days to act.
pub(super) const PHONE_WARNING: SignedDuration = SignedDuration::from_hours(10 * 24);
/// A critical finding after 12 days leaves two days to act.
pub(super) const PHONE_CRITICAL: SignedDuration = SignedDuration::from_hours(12 * 24);

/// All findings, in this order: connection, restrictions, phone, usage.
pub(super) fn findings(snapshot: &Snapshot<'_>, now: Timestamp) -> Vec<Finding> {
    [
        connection(snapshot),
        time_lock(snapshot, now),
        capping(snapshot, now),
        phone(snapshot, now),
        daily_use(snapshot),
        failures(snapshot),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn finding(code: FindingCode, message: String) -> Finding {
    Finding { code, message, action: code.action() }
}

fn connection(snapshot: &Snapshot<'_>) -> Option<Finding> {
    let status = snapshot.status;
    let code = FindingCode::of_connection(status.reason)?;
    Some(Finding { code, message: status.message.clone(), action: status.action })
}

fn time_lock(snapshot: &Snapshot<'_>, now: Timestamp) -> Option<Finding> {
    let until = snapshot.restriction_at(now).time_locked_until?;
    let message = format!(
        "WhatsApp does not let this account write first to anybody until {}. Answer those who write to it.",
        moment(until)
    );
    Some(finding(FindingCode::TimeLocked, message))
}

fn capping(snapshot: &Snapshot<'_>, now: Timestamp) -> Option<Finding> {
    let restriction = snapshot.restriction_at(now);
    Some(match restriction.capping {
        Capping::None => return None,
        Capping::FirstWarning => finding(
            FindingCode::CappingFirstWarning,
            "WhatsApp warns that this account begins many new chats. Begin fewer.".to_owned(),
        ),
        Capping::SecondWarning => finding(
            FindingCode::CappingSecondWarning,
            "WhatsApp warns for the second time that this account begins too many new chats. Begin no more for now: \
             next, WhatsApp stops them."
                .to_owned(),
        ),
        Capping::Capped => {
            let until = restriction.capped_until.map_or_else(String::new, |end| format!(" until {}", moment(end)));
            finding(FindingCode::Capped, format!("WhatsApp does not let this account begin new chats{until}."))
        }
    })
}

fn phone(snapshot: &Snapshot<'_>, now: Timestamp) -> Option<Finding> {
    let silence = now.duration_since(snapshot.phone_silent_since()?);
    let code = match silence {
        silence if silence >= PHONE_CRITICAL => FindingCode::PhoneOfflineCritical,
        silence if silence >= PHONE_WARNING => FindingCode::PhoneOffline,
        _ => return None,
    };
    let days = silence.as_hours() / 24;
    let message = format!(
        "The phone was last online {days} days ago. After about 14 days WhatsApp unlinks this account: open WhatsApp \
         on the phone."
    );
    Some(finding(code, message))
}

/// The finding about the use of the daily limit, if there is one. Compares whole numbers and not rounded
/// percentages, so that the limits are exact.
fn daily_use(snapshot: &Snapshot<'_>) -> Option<Finding> {
    let (sent, limit) = (snapshot.usage.sent, snapshot.daily_limit.get());
    let hundredfold = u64::from(sent) * 100;
    let percent = |percent: u64| percent * u64::from(limit);
    let code = match hundredfold {
        used if used >= percent(100) => FindingCode::DailyLimitReached,
        used if used > percent(CRITICAL_ABOVE) => FindingCode::DailyLimitCritical,
        used if used >= percent(NEAR_FROM) => FindingCode::DailyLimitNear,
        _ => return None,
    };
    let message = match code {
        FindingCode::DailyLimitReached => {
            format!("Today's {limit} messages are used up. Sending goes on after midnight.")
        }
        _ => format!("{sent} of today's {limit} messages are used. The count begins anew at midnight."),
    };
    Some(finding(code, message))
}

fn failures(snapshot: &Snapshot<'_>) -> Option<Finding> {
    let hour = snapshot.last_hour;
    let message = || {
        format!(
            "{} of the last hour's {} messages failed. Check the numbers that they went to.",
            hour.failed, hour.sends
        )
    };
    hour.is_raised().then(|| finding(FindingCode::FailureRateRaised, message()))
}

/// A time in text for people. It is in UTC, because this module does not know the time zone of the reader.
fn moment(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}
