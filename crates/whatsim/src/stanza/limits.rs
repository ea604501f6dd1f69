//! WhatsApp's limits on an account: the quota of new chats ("capping"), and the lock on new chats ("reach-out
//! time-lock"). Faults decide which limits an account has, and this module informs clients. Names and types of the
//! fields are from Baileys 7 (`NewChatMessageCapInfo`, `ReachoutTimelockState`) and from zapo's MEX notifications.

use super::Companion;
use crate::codec::{NodeRead, node, server_jid};
use crate::faults::{CappingLevel, FaultKind, NewFault};
use crate::world::{Account, World};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::sync::Arc;
use wacore_binary::Node;

/// The error code for a message that would start a new chat while this is not allowed.
const REACHOUT_REFUSED: u16 = 463;
/// How many new chats an account with a quota may start in a cycle. WhatsApp's real number varies.
const QUOTA: u32 = 100;

/// The lock on new chats of an account, as JSON for the answer to a query.
pub(super) fn timelock(world: &World, account: &Account) -> Value {
    let lock = state(world, account, |fault| match &fault.kind {
        FaultKind::ReachoutTimelock(lock) => Some((lock.enforcement.clone(), fault.until)),
        _ => None,
    });
    match lock {
        None => json!({ "is_active": false, "time_enforcement_ends": "0", "enforcement_type": "DEFAULT" }),
        Some((enforcement, until)) => json!({
            "is_active": true,
            "time_enforcement_ends": until.map(seconds),
            "enforcement_type": enforcement,
        }),
    }
}

/// The quota of new chats of an account, as JSON for the answer to a query.
pub(super) fn capping(world: &World, account: &Account) -> Value {
    let capping = state(world, account, |fault| match &fault.kind {
        FaultKind::Capping(capping) => Some((capping.level, fault.until)),
        _ => None,
    });
    let now = world.clock.now();
    let (status, total, used, start, end) = match capping {
        None => ("NONE", -1, 0, "0".to_owned(), "0".to_owned()),
        Some((level, until)) => {
            let (start, end) = month(now);
            let (status, percent) = match level {
                CappingLevel::FirstWarning => ("FIRST_WARNING", 80),
                CappingLevel::SecondWarning => ("SECOND_WARNING", 90),
                CappingLevel::Capped => ("CAPPED", 100),
            };
            let used = QUOTA * percent / 100;
            (status, QUOTA as i32, used, seconds(start), seconds(until.unwrap_or(end)))
        }
    };
    json!({
        "capping_status": status,
        "total_quota": total,
        "used_quota": used,
        "cycle_start_timestamp": start,
        "cycle_end_timestamp": end,
        "server_sent_timestamp": seconds(now),
        "ote_status": "NOT_ELIGIBLE",
        "mv_status": "NOT_ELIGIBLE",
    })
}

/// Notifies all linked devices of an account about a limit that has changed. Devices that are not connected get
/// the notification when they reconnect.
pub fn announce(world: &World, account: &Account, kind: &FaultKind) {
    let (operation, data) = match kind {
        FaultKind::ReachoutTimelock(_) => (
            "NotificationUserReachoutTimelockUpdate",
            json!({ "xwa2_notify_account_reachout_timelock": timelock(world, account) }),
        ),
        FaultKind::Capping(_) => (
            "MessageCappingInfoNotification",
            json!({ "xwa2_notify_new_chat_messages_capping_info_update": capping(world, account) }),
        ),
        _ => return,
    };
    let body = json!({ "data": data }).to_string();
    for device in account.lock().devices.values_mut() {
        let update = node("update").attr("op_name", operation).bytes(body.clone().into_bytes()).build();
        let notification = node("notification")
            .attr("from", server_jid())
            .attr("type", "mex")
            .attr("id", world.stanza_id())
            .attr("t", world.clock.seconds())
            .children([update])
            .build();
        device.deliver(notification.into());
    }
}

/// Returns the error code if a limit refuses this message. A limit refuses only messages that start a new chat. The
/// chat is not new if the recipient has written to the sender before, or has given the sender a token.
pub(super) fn refusal(c: &Companion, recipient: &Arc<Account>, message: &Node) -> Option<u16> {
    state(&c.world, &c.account, |fault| match &fault.kind {
        FaultKind::ReachoutTimelock(_) => Some(()),
        FaultKind::Capping(capping) if capping.level == CappingLevel::Capped => Some(()),
        _ => None,
    })?;
    let known = message.child("tctoken").is_some() || c.account.lock().heard_from.contains(&recipient.number);
    (!known).then_some(REACHOUT_REFUSED)
}

fn state<T>(world: &World, account: &Account, pick: impl Fn(&NewFault) -> Option<T>) -> Option<T> {
    world.faults.state_of(&account.number, world.clock.now(), pick)
}

/// The first moment of this month and the first moment of the next month, in UTC.
fn month(now: Timestamp) -> (Timestamp, Timestamp) {
    let today = now.to_zoned(TimeZone::UTC).date();
    let first =
        |date: jiff::civil::Date| date.to_zoned(TimeZone::UTC).map_or(now, |midnight| midnight.timestamp());
    (first(today.first_of_month()), first(today.last_of_month().tomorrow().unwrap_or(today)))
}

fn seconds(at: Timestamp) -> String {
    at.as_second().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capping_cycle_is_a_calendar_month() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(
            month(at("2026-12-31T23:59:59Z")),
            (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
        );
    }
}
