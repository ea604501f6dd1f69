//! WhatsApp's restrictions on an account. The server asks for them after a login, and WhatsApp reports changes. Answers
//! and reports have the same JSON, in which a number may be a JSON number or a text. Each of the library's types
//! supports only one of these spellings, so the JSON is read here.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linekeeper_model::account::{Capping, Restriction};
use serde_json::{Value, json};
use whatsapp_rust::wacore::iq::mex_operations::{
    fetch_new_chat_message_capping_info, fetch_reachout_timelock,
};
use whatsapp_rust::wacore::types::events::MexNotification;
use whatsapp_rust::{Client, MexError, MexRequest};

/// How long to wait for WhatsApp's answer. The library itself would wait for 75 s.
const ASK_WITHIN: Duration = Duration::from_secs(10);

/// If WhatsApp does not say when a time-lock ends, it is assumed to last this long, as in WhatsApp Web (see
/// Baileys 7, messages-recv.js).
const UNTOLD_LOCK: SignedDuration = SignedDuration::from_secs(60);

/// News about one of the two parts of an account's restrictions, the time-lock and the cap. The other part does
/// not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestrictionNews {
    /// A time-lock: the account cannot write to strangers now.
    TimeLocked {
        /// When the lock ends, if WhatsApp gave the time.
        until: Option<Timestamp>,
    },
    /// The account can write to strangers again.
    TimeLockLifted,
    /// How close the account is to its cap, the maximum number of new chats.
    Capping {
        /// The level that WhatsApp reports.
        capping: Capping,
        /// When the cap's current cycle ends, if WhatsApp gave the time.
        until: Option<Timestamp>,
    },
}

impl RestrictionNews {
    /// Returns the restrictions `before`, changed by the news that arrived at `now`.
    pub fn onto(self, before: Restriction, now: Timestamp) -> Restriction {
        match self {
            Self::TimeLocked { until } => {
                let until = until.or_else(|| now.checked_add(UNTOLD_LOCK).ok());
                Restriction { time_locked_until: until, ..before }
            }
            Self::TimeLockLifted => Restriction { time_locked_until: None, ..before },
            Self::Capping { capping, until } => {
                let capped_until = until.filter(|_| capping != Capping::None);
                Restriction { capping, capped_until, ..before }
            }
        }
    }
}

/// Returns the news in a notification, if the notification is about restrictions. The operation names are those of
/// WhatsApp Web.
pub(in crate::whatsapp) fn told_by(notification: &MexNotification) -> Option<RestrictionNews> {
    let data = &notification.payload["data"];
    match notification.op_name.as_str() {
        "NotificationUserReachoutTimelockUpdate" => time_lock(&data["xwa2_notify_account_reachout_timelock"]),
        "MessageCappingInfoNotification" => {
            capping(&data["xwa2_notify_new_chat_messages_capping_info_update"])
        }
        _ => None,
    }
}

/// Asks WhatsApp for the time-lock and the cap at the same time, for at most [`ASK_WITHIN`]. If an answer is missing,
/// its part is left out: not every account has a cap, and a missing answer must not remove what is already known.
pub(in crate::whatsapp) async fn ask(client: &Client) -> Vec<RestrictionNews> {
    let time_lock_of = async {
        use fetch_reachout_timelock::{DOC_ID, NAME};
        let data = query(client, MexRequest::new(NAME, DOC_ID, json!({}))).await?;
        time_lock(&data["xwa2_fetch_account_reachout_timelock"])
    };
    let capping_of = async {
        use fetch_new_chat_message_capping_info::{DOC_ID, NAME};
        let individual = json!({ "input": { "type": "INDIVIDUAL_NEW_CHAT_MSG" } });
        let data = query(client, MexRequest::new(NAME, DOC_ID, individual)).await?;
        capping(&data["xwa2_message_capping_info"])
    };
    let (time_lock, capping) = tokio::join!(time_lock_of, capping_of);
    time_lock.into_iter().chain(capping).collect()
}

async fn query(client: &Client, request: MexRequest<Value>) -> Option<Value> {
    let question = request.doc.name;
    let answered: Result<_, MexError> =
        match tokio::time::timeout(ASK_WITHIN, client.mex().query(request)).await {
            Ok(answered) => answered,
            Err(_) => {
                tracing::debug!(question, "WhatsApp did not answer in time");
                return None;
            }
        };
    match answered {
        Ok(response) => response.data,
        Err(error) => {
            tracing::debug!(question, %error, "WhatsApp did not tell");
            None
        }
    }
}

fn time_lock(state: &Value) -> Option<RestrictionNews> {
    Some(match state["is_active"].as_bool()? {
        true => RestrictionNews::TimeLocked { until: moment(&state["time_enforcement_ends"]) },
        false => RestrictionNews::TimeLockLifted,
    })
}

/// Reads the news about the cap. An unknown level gives no news.
fn capping(info: &Value) -> Option<RestrictionNews> {
    let capping = match info["capping_status"].as_str()? {
        "NONE" => Capping::None,
        "FIRST_WARNING" => Capping::FirstWarning,
        "SECOND_WARNING" => Capping::SecondWarning,
        "CAPPED" => Capping::Capped,
        unknown => {
            tracing::warn!(level = unknown, "WhatsApp told a level of capping that is not known here");
            return None;
        }
    };
    Some(RestrictionNews::Capping { capping, until: moment(&info["cycle_end_timestamp"]) })
}

/// Reads a time in seconds since 1970, written as a number or as text. Zero means that there is no time.
fn moment(seconds: &Value) -> Option<Timestamp> {
    let seconds = seconds.as_i64().or_else(|| seconds.as_str()?.parse().ok())?;
    Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);

    fn at(second: i64) -> Option<Timestamp> {
        Some(Timestamp::from_second(second).unwrap())
    }

    fn told(operation: &str, payload: Value) -> Option<RestrictionNews> {
        told_by(&MexNotification::builder().op_name(operation.to_owned()).payload(payload).build())
    }

    fn time_lock_told(state: Value) -> Option<RestrictionNews> {
        let data = json!({ "data": { "xwa2_notify_account_reachout_timelock": state } });
        told("NotificationUserReachoutTimelockUpdate", data)
    }

    fn capping_told(info: Value) -> Option<RestrictionNews> {
        let data = json!({ "data": { "xwa2_notify_new_chat_messages_capping_info_update": info } });
        told("MessageCappingInfoNotification", data)
    }

    #[test]
    fn a_time_lock_stanza_begins_and_ends_the_lock() {
        let until = at(1_780_003_600);
        for ends in [json!("1780003600"), json!(1_780_003_600)] {
            let state =
                json!({ "is_active": true, "time_enforcement_ends": ends, "enforcement_type": "DEFAULT" });
            assert_eq!(time_lock_told(state), Some(RestrictionNews::TimeLocked { until }));
        }
        for ends in [Value::Null, json!("0"), json!(0), json!("soon"), json!(-1), json!(i64::MAX)] {
            let state = json!({ "is_active": true, "time_enforcement_ends": ends });
            assert_eq!(time_lock_told(state), Some(RestrictionNews::TimeLocked { until: None }), "{ends}");
        }
        let over = json!({ "is_active": false, "time_enforcement_ends": "1780003600" });
        assert_eq!(time_lock_told(over), Some(RestrictionNews::TimeLockLifted));
    }

    #[test]
    fn every_level_of_capping_is_understood() {
        for (name, capping) in [
            ("NONE", Capping::None),
            ("FIRST_WARNING", Capping::FirstWarning),
            ("SECOND_WARNING", Capping::SecondWarning),
            ("CAPPED", Capping::Capped),
        ] {
            let info =
                json!({ "capping_status": name, "cycle_end_timestamp": "1782864000", "total_quota": 100 });
            let until = at(1_782_864_000);
            assert_eq!(capping_told(info), Some(RestrictionNews::Capping { capping, until }), "{name}");
        }
    }

    #[test]
    fn an_unknown_restriction_changes_nothing() {
        for state in [Value::Null, json!({}), json!({ "is_active": "yes" }), json!([1])] {
            assert_eq!(time_lock_told(state), None);
        }
        for info in [Value::Null, json!({}), json!({ "capping_status": "HALF_CAPPED" })] {
            assert_eq!(capping_told(info), None);
        }
        let capped = json!({ "data": { "xwa2_message_capping_info": { "capping_status": "CAPPED" } } });
        for operation in ["MessageCappingInfoNotification", "NotificationGroupPropertyUpdate", ""] {
            assert_eq!(told(operation, capped.clone()), None);
        }
        assert_eq!(told("MessageCappingInfoNotification", json!({ "errors": [], "data": null })), None);
    }

    #[test]
    fn time_lock_and_capping_do_not_change_each_other() {
        let (lock, cap) = (at(1_780_000_600), at(1_782_864_000));
        let locked = RestrictionNews::TimeLocked { until: lock }.onto(Restriction::default(), NOW);
        let capped = RestrictionNews::Capping { capping: Capping::Capped, until: cap };
        let both = capped.onto(locked, NOW);
        assert_eq!(
            both,
            Restriction { capping: Capping::Capped, capped_until: cap, time_locked_until: lock }
        );
        assert_eq!(
            RestrictionNews::TimeLockLifted.onto(both, NOW),
            Restriction { time_locked_until: None, ..both }
        );
        let free = RestrictionNews::Capping { capping: Capping::None, until: cap };
        assert_eq!(free.onto(both, NOW), locked);
    }

    #[test]
    fn a_time_lock_without_an_end_time_lasts_for_a_minute() {
        let locked = RestrictionNews::TimeLocked { until: None }.onto(Restriction::default(), NOW);
        assert_eq!(locked.time_locked_until, at(1_780_000_060));
    }
}
