//! Decides which message is sent next. Within a chat, messages are sent in the order of the queue. Among chats,
//! the priority decides. No message is sent before it is due. The functions are pure: time is a parameter.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use linekeeper_model::id::{ChatId, MessageId};
use linekeeper_model::message::Priority;
use linekeeper_storage::WaitingMessage;

/// The waiting messages of one account, and the order in which they are sent.
#[derive(Default)]
pub(super) struct Lineup {
    /// The messages that are due, grouped by chat. Within a chat, they are sorted by their position in the queue.
    chats: HashMap<ChatId, BTreeMap<i64, WaitingMessage>>,
    /// The first message of each chat in which no message is being sent.
    heads: BTreeSet<Head>,
    /// The chats in which a message is being sent.
    busy: HashSet<ChatId>,
    /// The messages that are not due yet.
    scheduled: BTreeMap<(Timestamp, MessageId), WaitingMessage>,
    /// All messages, by the time at which they expire.
    expiries: BTreeMap<(Timestamp, MessageId), ()>,
    known: HashMap<MessageId, WaitingMessage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    priority: Priority,
    place: i64,
    chat: ChatId,
}

impl Lineup {
    pub(super) fn add(&mut self, message: WaitingMessage) {
        self.remove(message.id);
        self.known.insert(message.id, message);
        self.expiries.insert((message.expires_at, message.id), ());
        match message.place {
            Some(place) => {
                self.unhead(message.chat_id);
                self.chats.entry(message.chat_id).or_default().insert(place, message);
                self.rehead(message.chat_id);
            }
            None => {
                self.scheduled.insert((message.due_at, message.id), message);
            }
        }
    }

    /// Removes a message. The next message of its chat then becomes the first one of the chat.
    pub(super) fn remove(&mut self, id: MessageId) -> Option<WaitingMessage> {
        let message = self.known.remove(&id)?;
        self.expiries.remove(&(message.expires_at, id));
        match message.place {
            Some(place) => {
                self.unhead(message.chat_id);
                if let Some(chat) = self.chats.get_mut(&message.chat_id) {
                    chat.remove(&place);
                    if chat.is_empty() {
                        self.chats.remove(&message.chat_id);
                    }
                }
                self.rehead(message.chat_id);
            }
            None => {
                self.scheduled.remove(&(message.due_at, id));
            }
        }
        Some(message)
    }

    /// Returns the message to send next. Its chat is busy until [`Lineup::free`] is called.
    pub(super) fn take(&mut self, wanted: impl Fn(&WaitingMessage) -> bool) -> Option<WaitingMessage> {
        let head = self.heads.iter().copied().find(|head| self.first(head.chat).is_some_and(&wanted))?;
        self.heads.remove(&head);
        self.busy.insert(head.chat);
        self.first(head.chat).copied()
    }

    /// Marks the chat as no longer busy.
    pub(super) fn free(&mut self, chat: ChatId) {
        self.busy.remove(&chat);
        self.rehead(chat);
    }

    /// Returns the messages that have become due, in order. They still need positions in the queue.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<WaitingMessage> {
        let due: Vec<WaitingMessage> = self
            .scheduled
            .iter()
            .take_while(|((at, _), _)| *at <= now)
            .map(|(_, message)| *message)
            .collect();
        for message in &due {
            self.remove(message.id);
        }
        due
    }

    /// The messages that have expired and are not being sent.
    pub(super) fn expired(&self, now: Timestamp) -> Vec<MessageId> {
        let over = self.expiries.keys().take_while(|(at, _)| *at <= now).map(|(_, id)| *id);
        over.filter(|id| !self.is_under_way(*id)).collect()
    }

    /// When the next message becomes due or expires.
    pub(super) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.scheduled.keys().next().map(|(at, _)| *at);
        let over = self.expiries.keys().map(|(at, _)| *at).find(|at| *at > now);
        [due, over].into_iter().flatten().min()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &WaitingMessage> {
        self.known.values()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn is_under_way(&self, id: MessageId) -> bool {
        let Some(message) = self.known.get(&id) else { return false };
        self.busy.contains(&message.chat_id)
            && self.first(message.chat_id).is_some_and(|first| first.id == id)
    }

    fn first(&self, chat: ChatId) -> Option<&WaitingMessage> {
        self.chats.get(&chat)?.values().next()
    }

    fn head(&self, chat: ChatId) -> Option<Head> {
        let first = self.first(chat)?;
        Some(Head { priority: first.priority, place: first.place?, chat })
    }

    fn unhead(&mut self, chat: ChatId) {
        if let Some(head) = self.head(chat) {
            self.heads.remove(&head);
        }
    }

    fn rehead(&mut self, chat: ChatId) {
        if !self.busy.contains(&chat)
            && let Some(head) = self.head(chat)
        {
            self.heads.insert(head);
        }
    }
}

#[cfg(test)]
mod tests {
    use linekeeper_model::message::MessageStatus;
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn message(id: u128, chat: u128, place: Option<i64>, priority: Priority) -> WaitingMessage {
        WaitingMessage {
            id: Uuid::from_u128(id).into(),
            chat_id: Uuid::from_u128(chat).into(),
            status: MessageStatus::Queued,
            priority,
            place,
            due_at: at(100),
            expires_at: at(1000),
            is_act: false,
        }
    }

    fn number(message: Option<WaitingMessage>) -> Option<u128> {
        message.map(|message| message.id.as_uuid().as_u128())
    }

    #[test]
    fn a_chat_sends_its_messages_one_by_one_in_order_and_blocks_no_other_chat() {
        let mut lineup = Lineup::default();
        for (id, chat, place) in [(3, 1, 3), (1, 1, 1), (2, 2, 2)] {
            lineup.add(message(id, chat, Some(place), Priority::Interactive));
        }
        let any = |_: &WaitingMessage| true;
        assert_eq!(number(lineup.take(any)), Some(1));
        assert_eq!(number(lineup.take(any)), Some(2));
        assert_eq!(number(lineup.take(any)), None, "both chats are busy");
        lineup.add(message(4, 1, Some(4), Priority::Interactive));
        assert_eq!(number(lineup.take(any)), None);
        lineup.remove(Uuid::from_u128(1).into());
        lineup.free(Uuid::from_u128(1).into());
        assert_eq!(number(lineup.take(any)), Some(3));
    }

    #[test]
    fn interactive_messages_go_before_bulk_messages_of_other_chats() {
        let mut lineup = Lineup::default();
        lineup.add(message(1, 1, Some(1), Priority::Bulk));
        lineup.add(message(2, 1, Some(2), Priority::Interactive));
        lineup.add(message(3, 2, Some(3), Priority::Interactive));
        let any = |_: &WaitingMessage| true;
        assert_eq!(number(lineup.take(any)), Some(3));
        assert_eq!(number(lineup.take(any)), Some(1));
    }

    #[test]
    fn scheduled_messages_wait_for_their_time_and_unsent_messages_expire() {
        let mut lineup = Lineup::default();
        lineup.add(message(1, 1, None, Priority::Interactive));
        assert_eq!(number(lineup.take(|_| true)), None);
        assert_eq!(lineup.next_change(at(1)), Some(at(100)));
        assert_eq!(lineup.take_due(at(99)), []);
        assert_eq!(lineup.take_due(at(100)).len(), 1);
        assert!(lineup.is_empty());
        lineup.add(message(1, 1, Some(7), Priority::Interactive));
        lineup.add(message(2, 2, Some(8), Priority::Interactive));
        assert_eq!(number(lineup.take(|_| true)), Some(1));
        let expired: Vec<u128> = lineup.expired(at(1000)).iter().map(|id| id.as_uuid().as_u128()).collect();
        assert_eq!(expired, [2], "what is on its way does not expire");
    }
}
