//! What an event adds to the figures. To measure durations, the code keeps marks, which are start times (see
//! `marks.rs`). The same event with the same marks always gives the same result. Marks and figures are written together
//! with the reader's position in the event log, so each event counts once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::day::{Day, DayNumber, Quarter};
use super::figure::{Figure, Outcome, Standing};
use super::histogram::Slot;
use super::marks::{About, Mark, MarkKey, Marks};
use super::outages::Outages;
use super::{KEPT, MEASURED};
use crate::event::{Event, EventType, Payload};
use crate::id::{AccountId, MessageId};
use crate::message::{Chat, ChatType, Failure, Message, MessageStatus, MessageType};
use crate::reason::Reason;
use crate::status::ConnectionStatus;

/// The figures that a group of events adds, by account and day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted(BTreeMap<(AccountId, DayNumber), Day>);

impl Counted {
    /// The types of events that change any figure.
    pub const TYPES: &[EventType] = &[
        EventType::AccountCreated,
        EventType::AccountStatus,
        EventType::AccountLinked,
        EventType::MessageReceived,
        EventType::MessageEcho,
        EventType::MessageAccepted,
        EventType::MessageStatus,
        EventType::MessageUndecryptable,
        EventType::ChatMerged,
    ];

    /// Adds a number to a figure of an account.
    pub fn add(&mut self, account: AccountId, at: Timestamp, figure: Figure, number: u64) {
        self.add_to(account, Quarter::of(at), figure, number);
    }

    /// Adds the time from `since` to `until` that an account spent in a state. If the time is longer than [`KEPT`],
    /// only its last part, which is as long as [`KEPT`], counts.
    pub fn add_stay(
        &mut self,
        account: AccountId,
        state: ConnectionStatus,
        (since, until): (Timestamp, Timestamp),
        outages: &Outages,
    ) {
        let since = until.checked_sub(KEPT).map_or(since, |oldest| since.max(oldest));
        for (from, to, standing) in outages.stays(state, since, until) {
            for (quarter, lasted) in Quarter::split(from, to) {
                self.add_to(account, quarter, Figure::Time(standing), millis(lasted));
            }
        }
    }

    /// Adds all figures of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (key, day) in &other.0 {
            self.0.entry(*key).or_default().merge(day);
        }
    }

    /// The figures that were added, by account and day.
    pub fn days(&self) -> impl Iterator<Item = (AccountId, DayNumber, &Day)> {
        self.0.iter().map(|((account, day), figures)| (*account, *day, figures))
    }

    fn add_to(&mut self, account: AccountId, quarter: Quarter, figure: Figure, number: u64) {
        self.0.entry((account, quarter.day())).or_default().add(quarter, figure, number);
    }
}

/// The keys of the marks (start times) that must be read before the event is counted.
pub fn needed(event: &Event) -> Vec<MarkKey> {
    match &event.payload {
        Payload::MessageReceived { message } | Payload::MessageEcho { message } => {
            vec![of_chat(&message.chat)]
        }
        Payload::MessageAccepted { message } => vec![of_message(message.id)],
        Payload::MessageStatus { message_id, chat, .. } => vec![of_message(*message_id), of_chat(chat)],
        Payload::ChatMerged { chat, merged_chat_id } => {
            vec![of_chat(chat), (About::Chat, merged_chat_id.as_uuid())]
        }
        _ => Vec::new(),
    }
}

/// Adds an event to the figures, and changes the marks (start times) from which later durations are measured.
pub fn count(event: &Event, marks: &mut Marks, outages: &Outages, counted: &mut Counted) {
    let Some(account) = event.account_id else { return };
    let mut reading = Reading { account, at: event.occurred_at, marks, counted };
    match &event.payload {
        Payload::AccountCreated { .. } => reading.is_in(ConnectionStatus::Disconnected, event.occurred_at),
        Payload::AccountLinked { .. } => reading.add(Figure::Linked),
        Payload::AccountStatus { from, to, .. } => {
            if let Some(from) = from {
                let lasted = (from.since, to.since);
                reading.counted.add_stay(account, from.state, lasted, outages);
                reading.changed((from.state, from.reason), (to.state, to.reason));
            }
            reading.is_in(to.state, to.since);
        }
        Payload::MessageReceived { message } => reading.received(message),
        // A message that could not be decrypted counts under a type of its own. If the sender sends the message again
        // in readable form, the readable message counts under its real type.
        Payload::MessageUndecryptable { .. } => {
            reading.add_message(Some(MessageType::Undecryptable), Outcome::Received)
        }
        Payload::MessageEcho { message } => {
            reading.add_message(Some(message.content.kind()), Outcome::Echoed);
            reading.answered(&message.chat, message.content.kind(), message.timestamp.min(event.occurred_at));
        }
        Payload::MessageAccepted { message } => reading.accepted(message),
        Payload::MessageStatus { message_id, chat, status, previous_status, failure, .. } => {
            reading.status(*message_id, chat, (*previous_status, *status), failure.as_ref());
        }
        Payload::ChatMerged { chat, merged_chat_id } => {
            reading.merged(of_chat(chat), (About::Chat, merged_chat_id.as_uuid()));
        }
        _ => {}
    }
}

/// What is needed to count one event.
struct Reading<'c> {
    account: AccountId,
    at: Timestamp,
    marks: &'c mut Marks,
    counted: &'c mut Counted,
}

impl Reading<'_> {
    fn add(&mut self, figure: Figure) {
        self.counted.add(self.account, self.at, figure, 1);
    }

    fn add_message(&mut self, kind: Option<MessageType>, outcome: Outcome) {
        self.add(Figure::Message(kind, outcome));
    }

    fn set(&mut self, key: MarkKey, label: &str, at: Timestamp) {
        self.marks.set(key, Mark { account: self.account, label: label.to_owned(), at });
    }

    fn is_in(&mut self, state: ConnectionStatus, since: Timestamp) {
        self.set((About::Account, self.account.as_uuid()), Standing::In(state).code(), since);
    }

    fn changed(&mut self, before: (ConnectionStatus, Reason), now: (ConnectionStatus, Reason)) {
        use ConnectionStatus::{Connected, Connecting, Failed};
        let (state, reason) = now;
        // A starting server reports every account that was connected when the previous server stopped. That is not
        // a reconnect.
        let is_restart = reason == Reason::WaitingForNode;
        if before.0 == Connected && state == Connecting && !is_restart {
            self.add(Figure::Reconnect(reason));
        }
        if state == Failed && before.1 != reason {
            self.add(Figure::Failure(reason));
        }
        let is_told_later = before.1 == Reason::LogoutPending && reason == Reason::UserDisconnected;
        if ends_link(reason) && !is_told_later {
            self.add(Figure::Lost(reason));
        }
    }

    fn received(&mut self, message: &Message) {
        let kind = message.content.kind();
        self.add_message(Some(kind), Outcome::Received);
        let key = of_chat(&message.chat);
        let waits = message.chat.kind == ChatType::Direct && kind != MessageType::System && !kind.is_act();
        if waits && self.marks.get(key).is_none() {
            // WhatsApp may have kept the message for a while. The person has waited since they wrote the message.
            self.set(key, "", message.timestamp.min(self.at));
        }
    }

    /// Somebody answered in the chat, so the person there no longer waits.
    fn answered(&mut self, chat: &Chat, kind: MessageType, at: Timestamp) {
        if kind.is_act() {
            return;
        }
        if let Some(waited) = self.marks.take(of_chat(chat)).and_then(|mark| measured(mark.at, at)) {
            self.add(Figure::Response(Slot::of_millis(waited)));
        }
    }

    fn accepted(&mut self, message: &Message) {
        let kind = message.content.kind();
        self.add_message(Some(kind), Outcome::Accepted);
        self.set(of_message(message.id), kind.code(), message.send_at.unwrap_or(self.at).max(self.at));
    }

    fn status(
        &mut self,
        id: MessageId,
        chat: &Chat,
        (before, now): (MessageStatus, MessageStatus),
        failure: Option<&Failure>,
    ) {
        let key = of_message(id);
        let mark = self.marks.get(key).cloned();
        let kind: Option<MessageType> = mark.as_ref().and_then(|mark| mark.label.parse().ok());
        for reached in passed(before, now) {
            self.add_message(kind, Outcome::Reached(reached));
        }
        if let Some(failure) = failure {
            self.add(Figure::Refused(failure.code));
        }
        let was_sent = place(before) >= place(MessageStatus::Sent);
        if !was_sent && place(now) >= place(MessageStatus::Sent) {
            self.answered(chat, kind.unwrap_or(MessageType::Text), self.at);
            self.set(key, kind.map_or("", MessageType::code), self.at);
        }
        // In a group, the status is the lowest status of all members, so its time says nothing about a single
        // person.
        let sent_at = mark.filter(|_| was_sent && chat.kind == ChatType::Direct).map(|mark| mark.at);
        if let Some(took) = sent_at.and_then(|sent_at| measured(sent_at, self.at)) {
            let slot = Slot::of_millis(took);
            match now {
                MessageStatus::Delivered => self.add(Figure::Delivery(slot)),
                MessageStatus::Read => self.add(Figure::Read(slot)),
                MessageStatus::Played if before != MessageStatus::Read => self.add(Figure::Read(slot)),
                _ => {}
            }
        }
        let may_be_played =
            matches!(kind, Some(MessageType::Voice | MessageType::Audio | MessageType::Video));
        match now {
            MessageStatus::Played | MessageStatus::Cancelled => drop(self.marks.take(key)),
            MessageStatus::Read if !may_be_played => drop(self.marks.take(key)),
            _ => {}
        }
    }

    /// After two chats are merged, a person who waited in either of them waits in the chat that stays.
    fn merged(&mut self, stays: MarkKey, goes: MarkKey) {
        let Some(mark) = self.marks.take(goes) else { return };
        if self.marks.get(stays).is_none_or(|known| known.at > mark.at) {
            self.marks.set(stays, mark);
        }
    }
}

fn of_chat(chat: &Chat) -> MarkKey {
    (About::Chat, chat.id.as_uuid())
}

const fn of_message(id: MessageId) -> MarkKey {
    (About::Message, id.as_uuid())
}

/// Whether the reason means that the account is no longer linked to its phone.
const fn ends_link(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::LoggedOut | Reason::DeviceRemoved | Reason::UserDisconnected | Reason::LogoutPending
    )
}

/// Milliseconds between the two times; `None` if this is more than a week. If `until` is earlier than `since`, because
/// clocks differ, the result is zero.
fn measured(since: Timestamp, until: Timestamp) -> Option<u64> {
    let took = until.duration_since(since);
    (took <= MEASURED).then(|| millis(took))
}

fn millis(lasted: SignedDuration) -> u64 {
    u64::try_from(lasted.as_millis()).unwrap_or(0)
}

/// The place of a status on the way of a message: 1 for sent, 2 for delivered, 3 for read, 4 for played, and 0 for
/// all other statuses.
const fn place(status: MessageStatus) -> u8 {
    match status {
        MessageStatus::Sent => 1,
        MessageStatus::Delivered => 2,
        MessageStatus::Read => 3,
        MessageStatus::Played => 4,
        _ => 0,
    }
}

/// The statuses that a message reached when its status changed from `before` to `now`. A status that was skipped
/// counts as reached.
fn passed(before: MessageStatus, now: MessageStatus) -> Vec<MessageStatus> {
    use MessageStatus::{Cancelled, Delivered, Failed, Played, Read, Sent, Unknown};
    match now {
        Failed | Cancelled | Unknown => vec![now],
        _ => {
            let way = [Sent, Delivered, Read, Played].into_iter();
            // Skipped statuses count as reached. For example, a voice note that was played was also read.
            way.filter(|status| place(*status) > place(before) && place(*status) <= place(now)).collect()
        }
    }
}
