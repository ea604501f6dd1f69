//! What each type of event adds to the figures.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::event::{Event, Payload, Seq};
use crate::message::{
    ChatType, Content, Failure, FailureCode, Message, MessageStatus, MessageType, ReactionAct, sample,
};
use crate::reason::Reason;
use crate::status::{ConnectionStatus, Status};

/// Noon of 1 June 2026.
const NOON: Timestamp = Timestamp::constant(1_780_315_200, 0);

fn after(seconds: i64) -> Timestamp {
    NOON + SignedDuration::from_secs(seconds)
}

/// Counts events of one account, one after the other.
#[derive(Default)]
struct Log {
    marks: Marks,
    outages: Outages,
    counted: Counted,
}

impl Log {
    fn tell(&mut self, seconds: i64, payload: Payload) {
        let event = Event {
            id: Uuid::from_u128(9).into(),
            seq: Seq::new(1),
            workspace_id: Uuid::from_u128(8).into(),
            account_id: Some(Uuid::from_u128(2).into()),
            occurred_at: after(seconds),
            payload,
        };
        count(&event, &mut self.marks, &self.outages, &mut self.counted);
    }

    /// Counts a change of the account's status. Both times are in seconds after noon.
    fn becomes(&mut self, from: (Reason, i64), to: (Reason, i64)) {
        let from = Status::of(from.0, after(from.1));
        self.tell(to.1, Payload::status(Some(&from), &Status::of(to.0, after(to.1))));
    }

    fn status(&mut self, seconds: i64, message: &Message, before: MessageStatus, now: MessageStatus) {
        let failure = (now == MessageStatus::Failed).then(|| Failure::of(FailureCode::Rejected));
        self.tell(
            seconds,
            Payload::MessageStatus {
                message_id: message.id,
                wa_message_id: None,
                client_reference: None,
                chat: Box::new(message.chat.clone()),
                status: now,
                previous_status: before,
                recipient: None,
                failure,
                at: after(seconds),
            },
        );
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (_, number, day) in self.counted.days() {
            for run in Runs::from(day.clone()).of_day(number).unwrap() {
                totals.add(run.figure, run.number * run.from.up_to(run.to));
            }
        }
        totals
    }
}

fn a_message(id: u128) -> Message {
    Message { id: Uuid::from_u128(id).into(), ..sample() }
}

fn received(message: Message) -> Payload {
    Payload::MessageReceived { message: Box::new(message) }
}

fn accepted(message: &Message) -> Payload {
    Payload::MessageAccepted { message: Box::new(message.clone()) }
}

const fn text(outcome: Outcome) -> Figure {
    Figure::Message(Some(MessageType::Text), outcome)
}

const fn reached(status: MessageStatus) -> Figure {
    text(Outcome::Reached(status))
}

#[test]
fn times_in_states_are_exact_and_uptime_ignores_disconnected_time() {
    let mut log = Log::default();
    log.becomes((Reason::NotLinked, 0), (Reason::Pairing, 3_600));
    log.becomes((Reason::Pairing, 3_600), (Reason::Online, 3_650));
    log.becomes((Reason::Online, 3_650), (Reason::NetworkLost, 3_650 + 950));
    log.becomes((Reason::NetworkLost, 4_600), (Reason::Online, 4_600));
    log.becomes((Reason::Online, 4_600), (Reason::DeviceRemoved, 4_600));
    let totals = log.totals();
    let time = |state| totals.time(Standing::In(state));
    assert_eq!(time(ConnectionStatus::Disconnected), 3_600_000);
    assert_eq!((time(ConnectionStatus::Connecting), time(ConnectionStatus::Connected)), (50_000, 950_000));
    assert_eq!(totals.uptime(), Some(0.95));
    assert_eq!(totals.by_reason(Figure::Reconnect).into_iter().collect::<Vec<_>>(), [("network_lost", 1)]);
    assert_eq!(totals.by_reason(Figure::Failure).into_iter().collect::<Vec<_>>(), [("device_removed", 1)]);
    assert_eq!(totals.by_reason(Figure::Lost).into_iter().collect::<Vec<_>>(), [("device_removed", 1)]);
}

#[test]
fn a_clock_that_is_set_back_does_not_reduce_the_figures() {
    let mut log = Log::default();
    log.becomes((Reason::Online, 100), (Reason::NetworkLost, 40));
    assert_eq!(log.totals().time(Standing::In(ConnectionStatus::Connected)), 0);
}

#[test]
fn a_restart_counts_as_time_without_a_server_and_not_as_a_reconnect() {
    let mut log = Log {
        outages: Outages::between(&[(after(-9_999), after(600)), (after(1_000), after(9_999))]),
        ..Log::default()
    };
    log.becomes((Reason::Online, 0), (Reason::WaitingForNode, 1_001));
    let totals = log.totals();
    assert_eq!(totals.time(Standing::In(ConnectionStatus::Connected)), 601_000);
    assert_eq!(totals.time(Standing::NotRunning), 400_000);
    assert!(totals.by_reason(Figure::Reconnect).is_empty());
    // A paused account needs no server, so the time does not count as time without a server.
    log.becomes((Reason::Paused, 0), (Reason::Connecting, 1_001));
    assert_eq!(log.totals().time(Standing::NotRunning), 400_000);
}

#[test]
fn a_logout_that_whatsapp_confirms_later_is_counted_as_one_lost_link() {
    let mut log = Log::default();
    log.tell(0, Payload::AccountLinked { phone_number: None, lid: None, push_name: None });
    log.becomes((Reason::Online, 0), (Reason::LogoutPending, 10));
    log.becomes((Reason::LogoutPending, 10), (Reason::UserDisconnected, 20));
    let totals = log.totals();
    assert_eq!(totals.get(Figure::Linked), 1);
    assert_eq!(totals.by_reason(Figure::Lost).into_iter().collect::<Vec<_>>(), [("logout_pending", 1)]);
}

#[test]
fn a_message_that_goes_from_sent_to_read_is_also_counted_as_delivered() {
    use MessageStatus::{Delivered, Failed, Queued, Read, Sending, Sent};
    let mut log = Log::default();
    let message = a_message(10);
    log.tell(0, accepted(&message));
    log.status(1, &message, Queued, Failed);
    log.status(2, &message, Failed, Queued);
    log.status(3, &message, Queued, Sending);
    log.status(4, &message, Sending, Sent);
    log.status(64, &message, Sent, Read);
    let totals = log.totals();
    for (figure, number) in [
        (text(Outcome::Accepted), 1),
        (reached(Sent), 1),
        (reached(Delivered), 1),
        (reached(Read), 1),
        (reached(Failed), 1),
        (reached(Queued), 0),
        (Figure::Refused(FailureCode::Rejected), 1),
    ] {
        assert_eq!(totals.get(figure), number, "{figure}");
    }
    let read = totals.spread(Figure::Read);
    assert_eq!((read.count(), totals.spread(Figure::Delivery).count()), (1, 0));
    let off = read.percentile(50).unwrap() as f64 / 60_000.0 - 1.0;
    assert!(off.abs() < 0.045, "{off}");
}

#[test]
fn a_message_without_a_stored_type_is_still_counted() {
    let mut log = Log::default();
    log.status(4, &a_message(10), MessageStatus::Sent, MessageStatus::Delivered);
    let totals = log.totals();
    assert_eq!(totals.get(Figure::Message(None, Outcome::Reached(MessageStatus::Delivered))), 1);
    assert_eq!(totals.messages(Outcome::Reached(MessageStatus::Delivered)), 1);
    assert_eq!(totals.spread(Figure::Delivery).count(), 0);
}

#[test]
fn delivery_and_response_times_of_group_messages_are_not_measured() {
    let mut log = Log::default();
    let mut message = a_message(10);
    message.chat.kind = ChatType::Group;
    log.tell(0, accepted(&message));
    log.tell(0, received(message.clone()));
    log.status(1, &message, MessageStatus::Queued, MessageStatus::Sent);
    log.status(2, &message, MessageStatus::Sent, MessageStatus::Delivered);
    let totals = log.totals();
    assert_eq!(totals.get(reached(MessageStatus::Delivered)), 1);
    assert_eq!(totals.spread(Figure::Delivery).count() + totals.spread(Figure::Response).count(), 0);
}

#[test]
fn the_response_time_ends_with_the_first_answer_and_not_with_a_reaction() {
    let mut log = Log::default();
    log.tell(0, received(Message { timestamp: after(-30), ..a_message(10) }));
    log.tell(20, received(Message { timestamp: after(20), ..a_message(11) }));
    let target = Uuid::from_u128(10).into();
    let reaction = Message {
        content: Content::Reaction(ReactionAct { message_id: target, emoji: "+".to_owned() }),
        ..a_message(12)
    };
    log.tell(25, accepted(&reaction));
    log.status(26, &reaction, MessageStatus::Queued, MessageStatus::Sent);
    assert_eq!(log.totals().spread(Figure::Response).count(), 0);
    for (id, seconds) in [(13, 30), (14, 40)] {
        let answer = a_message(id);
        log.tell(seconds, accepted(&answer));
        log.status(seconds, &answer, MessageStatus::Sending, MessageStatus::Sent);
    }
    let spread = log.totals().spread(Figure::Response);
    assert_eq!(spread.count(), 1);
    assert_eq!(spread.percentile(50), Some(Slot::of_millis(60_000).millis()));
    // A message that the owner sends from the phone is an answer, too.
    log.tell(50, received(Message { timestamp: after(50), ..a_message(15) }));
    let echo = Message { timestamp: after(80), ..a_message(16) };
    log.tell(81, Payload::MessageEcho { message: Box::new(echo) });
    assert_eq!(log.totals().spread(Figure::Response).count(), 2);
}

#[test]
fn the_response_time_is_still_measured_after_two_chats_are_merged() {
    let mut log = Log::default();
    let mut message = a_message(10);
    let older = message.chat.clone();
    message.chat.id = Uuid::from_u128(77).into();
    log.tell(0, received(Message { timestamp: after(0), ..message.clone() }));
    let merged = Payload::ChatMerged { chat: Box::new(older), merged_chat_id: message.chat.id };
    log.tell(1, merged);
    let answer = a_message(11);
    log.status(5, &answer, MessageStatus::Sending, MessageStatus::Sent);
    assert_eq!(log.totals().spread(Figure::Response).count(), 1);
}

#[test]
fn a_message_that_becomes_readable_counts_as_received_once() {
    let mut log = Log::default();
    let message = a_message(10);
    log.tell(0, Payload::MessageUndecryptable { message: Box::new(message.clone()) });
    assert_eq!(log.totals().messages(Outcome::Received), 0);
    log.tell(5, received(message));
    let totals = log.totals();
    assert_eq!(totals.messages(Outcome::Received), 1);
    assert_eq!(totals.get(Figure::Message(Some(MessageType::Undecryptable), Outcome::Received)), 1);
}

#[test]
fn durations_longer_than_a_week_are_not_measured() {
    let mut log = Log::default();
    let message = a_message(10);
    log.tell(0, received(Message { timestamp: after(0), ..a_message(9) }));
    log.tell(0, accepted(&message));
    log.status(8 * 86_400, &message, MessageStatus::Queued, MessageStatus::Sent);
    log.status(16 * 86_400, &message, MessageStatus::Sent, MessageStatus::Delivered);
    let totals = log.totals();
    assert_eq!(totals.get(reached(MessageStatus::Delivered)), 1);
    assert_eq!(totals.spread(Figure::Delivery).count() + totals.spread(Figure::Response).count(), 0);
}
