//! Messages that were sent and wait for WhatsApp's answer. The worker never counts a message as answered without an
//! answer.

use std::time::Duration;

use linekeeper_model::id::{ChatId, MessageId};
use linekeeper_model::message::MessageStatus;
use linekeeper_model::phone::Identity;
use linekeeper_storage::WaitingMessage;
use tokio::time::Instant;

use super::{BREATH, Ended, Worker};
use crate::messages::inbound::ask_again;
use crate::messages::queue::progress::Step;
use crate::messages::queue::send::{Attempt, advance};
use crate::whatsapp::{Acknowledgement, Outlet};

/// How long to wait for WhatsApp's answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// If a connection ends and a message has waited for its answer for at least this long, the message counts as
/// unanswered. This time is shorter than [`ANSWER_WITHIN`], because the protocol library closes silent connections
/// earlier than that.
const SILENT_AFTER: Duration = Duration::from_secs(15);

/// A message that was sent and is not answered yet.
pub(super) struct Flight {
    pub(super) id: MessageId,
    pub(super) chat: ChatId,
    pub(super) is_act: bool,
    /// When WhatsApp's answer is too late. `None` while there is no connection.
    pub(super) due: Option<Instant>,
    /// Whether the last connection ended after this message had waited for an answer for at least [`SILENT_AFTER`].
    is_unanswered: bool,
    pub(super) reached_nobody: bool,
    /// The other members of the group, if the message was sent to a group.
    pub(super) members: Vec<Identity>,
}

impl Flight {
    /// A sent message for which no answer is expected now, because there is no connection.
    const fn of(message: &WaitingMessage) -> Self {
        let WaitingMessage { id, chat_id: chat, is_act, .. } = *message;
        Self { id, chat, is_act, due: None, is_unanswered: false, reached_nobody: false, members: Vec::new() }
    }

    /// Notes that the connection ended, so that no answer can arrive for this message.
    fn ground(&mut self, now: Instant) {
        if let Some(due) = self.due.take() {
            self.is_unanswered = due.saturating_duration_since(now) <= ANSWER_WITHIN - SILENT_AFTER;
        }
    }
}

impl Worker {
    /// Takes a new connection. Messages that were sent over an earlier connection and not answered are sent again,
    /// with the same id. A message that two connections left unanswered is given up.
    pub(super) fn online(&mut self, outlet: Outlet) {
        // Messages that could not be decrypted are requested once for each client, even if the client connects several
        // times.
        if self.asked.replace(outlet.epoch()) != Some(outlet.epoch()) {
            let asking = ask_again(self.messages.clone(), self.scope.clone(), outlet.clone());
            self.messages.parts().lifecycle.spawn("unreadable messages", asking);
        }
        self.outlet = Some(outlet);
        self.connection += 1;
        let now = Instant::now();
        for (wa_id, mut flight) in std::mem::take(&mut self.flights) {
            if flight.is_unanswered && !self.silent.insert(flight.id) {
                flight.due = Some(now);
                self.flights.insert(wa_id, flight);
            } else {
                self.lineup.free(flight.chat);
            }
        }
    }

    /// Notes that the connection ended.
    pub(super) fn offline(&mut self) {
        self.outlet = None;
        let now = Instant::now();
        self.flights.values_mut().for_each(|flight| flight.ground(now));
    }

    pub(super) fn ended(&mut self, ended: Ended) {
        let Ended { message, pace, connection, epoch, attempt } = ended;
        match attempt {
            Attempt::Restricted => {
                self.pace = pace;
                self.held.insert(message.chat_id);
                self.lineup.free(message.chat_id);
            }
            Attempt::AwaitsFile => {
                self.pace = pace;
                self.files.awaited(message.id, Instant::now());
                self.lineup.free(message.chat_id);
            }
            Attempt::FileStuck => {
                self.files.stuck(message.id, Instant::now());
                self.lineup.free(message.chat_id);
            }
            Attempt::Left { wa_message_id, reached_nobody, members } => {
                let due = self.outlet.is_some().then(|| Instant::now() + ANSWER_WITHIN);
                let flight = Flight { due, reached_nobody, members, ..Flight::of(&message) };
                self.take_off(message, wa_message_id, flight);
            }
            Attempt::Cut { wa_message_id } => {
                self.take_off(message, wa_message_id.clone(), Flight::of(&message));
                // A new connection already exists, and it does not send this message again by itself. So the chat is
                // freed now, and the worker sends the message again.
                if self.connection != connection && self.flights.remove(&wa_message_id).is_some() {
                    self.lineup.free(message.chat_id);
                }
            }
            Attempt::Ended => {
                self.files.forget(message.id);
                self.lineup.remove(message.id);
                self.lineup.free(message.chat_id);
            }
            Attempt::NotNow => {
                self.lineup.free(message.chat_id);
                self.try_again_at = Some(Instant::now() + BREATH);
            }
            Attempt::Fenced => {
                // The session of this outlet may no longer write, so its outlet is dropped. If the worker already has
                // the outlet of a later session, it keeps that outlet.
                self.outlet.take_if(|outlet| outlet.epoch() == epoch);
                self.lineup.free(message.chat_id);
            }
        }
    }

    pub(super) fn take_off(&mut self, message: WaitingMessage, wa_id: String, flight: Flight) {
        self.files.forget(message.id);
        // From now on the message has the status `sending`. So another attempt needs neither a position in the queue
        // nor a pause.
        let sending = WaitingMessage { status: MessageStatus::Sending, ..message };
        self.lineup.add(sending);
        self.flights.insert(wa_id.clone(), flight);
        if let Some(answer) = self.early.remove(&wa_id) {
            self.answered(answer);
        }
    }

    pub(super) fn answered(&mut self, answer: Acknowledgement) {
        let Some(flight) = self.flights.remove(&answer.wa_message_id) else {
            // The attempt to send may still be in progress, because the answer can arrive before the attempt ends.
            if !self.attempts.is_empty() {
                self.early.insert(answer.wa_message_id.clone(), answer);
            } else {
                self.early.clear();
            }
            return;
        };
        self.filing.answer(flight, &answer);
    }

    pub(super) fn land(&mut self, flight: &Flight) {
        self.silent.remove(&flight.id);
        self.lineup.remove(flight.id);
        self.lineup.free(flight.chat);
    }

    /// Handles answers that did not come in time. The first time, the message is sent again over a new connection.
    /// The second time, it is given up, and its status becomes `unknown`.
    pub(super) async fn notice_silence(&mut self) {
        let now = Instant::now();
        let late: Vec<String> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.due.is_some_and(|due| due <= now))
            .map(|(id, _)| id.clone())
            .collect();
        for wa_id in late {
            let Some(mut flight) = self.flights.remove(&wa_id) else { continue };
            // After the first missing answer, the message is sent again over a new connection.
            if self.silent.insert(flight.id) {
                flight.due = None;
                self.flights.insert(wa_id, flight);
                if let Some(outlet) = self.outlet.take() {
                    self.offline();
                    tracing::warn!(account = %self.account(), "WhatsApp did not answer a message; connecting anew");
                    outlet.renew().await;
                }
                continue;
            }
            match advance(&self.messages, &self.scope, flight.id, Step::to(MessageStatus::Unknown)).await {
                Ok(_) => self.land(&flight),
                Err(error) => {
                    tracing::warn!(account = %self.account(), %error, "the message queue waits for the database");
                    flight.due = Some(now + BREATH);
                    self.flights.insert(wa_id, flight);
                }
            }
        }
    }
}
