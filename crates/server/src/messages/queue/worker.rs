//! The loop of one account's queue. It alone knows what is on its way; everything else is read from the database.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use linekeeper_model::account::Pacing;
use linekeeper_model::id::{AccountId, ChatId, MessageId};
use linekeeper_model::message::{Failure, FailureCode, MessageStatus};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{StorageError, WaitingMessage, Written};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::lineup::Lineup;
use super::pacing::{Pace, Rate};
use super::progress::Step;
use super::send::{Attempt, Manner, advance, attempt};
use super::{acts, receipts};
use crate::events::append_with_others;
use crate::messages::service::{Messages, Scope};
use crate::whatsapp::{Acknowledgement, Note, Outlet};

/// Messages on their way to WhatsApp at one time, each of another chat.
const AT_ONCE: usize = 32;
/// How long WhatsApp may take for its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long what could not be done now waits.
const BREATH: Duration = Duration::from_secs(2);
/// The queue looks at the clock at least this often: a machine's time may be set.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What is said to a queue.
#[derive(Debug)]
pub(in crate::messages) enum Word {
    /// There is something to look for in the database.
    Look,
    /// These were accepted.
    Accepted(Vec<WaitingMessage>),
    /// This one was taken out.
    Cancelled(MessageId),
    /// The account's settings are others now.
    Settings,
    /// The connection reports something.
    Note(Note),
}

/// A message that left and was not answered yet.
struct Flight {
    id: MessageId,
    chat: ChatId,
    is_act: bool,
    /// When WhatsApp's answer is late; nothing while there is no connection to answer on.
    due: Option<Instant>,
    reached_nobody: bool,
    /// The other members of its group.
    members: Vec<Identity>,
}

impl Flight {
    /// One on which no answer is awaited.
    const fn of(message: &WaitingMessage) -> Self {
        let WaitingMessage { id, chat_id: chat, is_act, .. } = *message;
        Self { id, chat, is_act, due: None, reached_nobody: false, members: Vec::new() }
    }
}

struct Worker {
    messages: Messages,
    scope: Scope,
    lineup: Lineup,
    pace: Pace,
    /// What was set; nothing where it must be read.
    pacing: Option<Pacing>,
    /// New chats that wait because WhatsApp lets the account begin none, and since when they do.
    held: HashSet<ChatId>,
    held_since: Instant,
    outlet: Option<Outlet>,
    /// By their ids at WhatsApp.
    flights: HashMap<String, Flight>,
    /// Answers that came before the attempt was told to have left.
    early: HashMap<String, Acknowledgement>,
    attempts: JoinSet<(WaitingMessage, Pace, Attempt)>,
    /// Those that WhatsApp did not answer once.
    silent: HashSet<MessageId>,
    loaded: bool,
    try_again_at: Option<Instant>,
}

/// Runs until the server stops or the account is deleted.
pub(in crate::messages) async fn run(
    messages: Messages,
    account: AccountId,
    mut words: UnboundedReceiver<Word>,
) {
    let stopping = messages.parts().lifecycle.stopping().clone();
    let scope = loop {
        match messages.scope(account).await {
            Ok(Some(scope)) => break scope,
            Ok(None) => return,
            Err(error) => tracing::warn!(%account, %error, "the message queue waits for the database"),
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(BREATH) => {}
        }
    };
    let mut worker = Worker {
        messages,
        scope,
        lineup: Lineup::default(),
        pace: Pace::default(),
        pacing: None,
        held: HashSet::new(),
        held_since: Instant::now(),
        outlet: None,
        flights: HashMap::new(),
        early: HashMap::new(),
        attempts: JoinSet::new(),
        silent: HashSet::new(),
        loaded: false,
        try_again_at: Some(Instant::now()),
    };
    loop {
        let wake = worker.wake_at();
        let accounts = worker.messages.parts().accounts.clone();
        tokio::select! {
            () = stopping.cancelled() => break,
            word = words.recv() => match word {
                Some(word) => Box::pin(worker.hear(word)).await,
                None => break,
            },
            Some(ended) = worker.attempts.join_next() => match ended {
                Ok((message, pace, attempt)) => Box::pin(worker.ended(message, pace, attempt)).await,
                Err(error) => {
                    tracing::error!(%account, %error, "sending a message panicked");
                    worker.reload();
                }
            },
            // What waits must not leave with the next phone that is linked.
            () = accounts.unlinked(account), if worker.waits_for_a_connection() => {}
            () = tokio::time::sleep_until(wake) => {}
        }
        Box::pin(worker.work()).await;
    }
    // What is leaving at this moment may leave: a message that is cut is sent again with the same id.
    worker.attempts.shutdown().await;
}

impl Worker {
    fn account(&self) -> AccountId {
        self.scope.account
    }

    /// Whether messages wait and nothing but a connection is missing.
    fn waits_for_a_connection(&self) -> bool {
        self.loaded && self.outlet.is_none() && self.try_again_at.is_none() && !self.lineup.is_empty()
    }

    fn wake_at(&self) -> Instant {
        let now = Instant::now();
        let mut wake = now + LOOK_EVERY;
        let clock = self.messages.parts().clock.now();
        if let Some(next) = self.lineup.next_change(clock) {
            let left = Duration::try_from(next.duration_since(clock)).unwrap_or(Duration::ZERO);
            wake = wake.min(now + left);
        }
        let answers = self.flights.values().filter_map(|flight| flight.due);
        let pauses = self
            .pace
            .wait_until(now, self.rate())
            .filter(|_| self.outlet.is_some() && !self.lineup.is_empty());
        // WhatsApp may lift what holds these back at any time.
        let held = (!self.held.is_empty()).then(|| now + BREATH);
        for at in answers.chain(pauses).chain(held).chain(self.try_again_at) {
            wake = wake.min(at);
        }
        wake
    }

    /// Everything that can be done now.
    async fn work(&mut self) {
        // First: what is given up makes way for the next message of its chat.
        self.notice_silence().await;
        let now = Instant::now();
        if self.try_again_at.is_some_and(|at| at <= now) {
            self.try_again_at = None;
        }
        if self.try_again_at.is_none() {
            let done = async {
                self.load().await?;
                self.read_settings().await?;
                self.promote().await?;
                self.expire().await?;
                self.give_up_without_session().await
            };
            if let Err(error) = done.await {
                tracing::warn!(account = %self.account(), %error, "the message queue waits for the database");
                self.try_again_at = Some(now + BREATH);
            }
            self.send_next();
        }
    }

    async fn read_settings(&mut self) -> Result<(), StorageError> {
        if self.pacing.is_none() {
            let mut tx = self.messages.parts().storage.read().await?;
            let account = tx.accounts().get_any(self.account(), "").await?;
            self.pacing = Some(account.map(|account| account.pacing).unwrap_or_default());
        }
        Ok(())
    }

    /// How fast it sends now.
    fn rate(&self) -> Rate {
        let pacing = self.pacing.unwrap_or_default();
        let parts = self.messages.parts();
        let restriction = parts.accounts.restriction(self.account());
        let per_minute = pacing.rate(parts.messages_per_minute, &restriction, parts.clock.now());
        Rate { per_minute, jitter: pacing.jitter }
    }

    /// Whether new chats must wait now. Those that wait are tried again now and then: their people may write first.
    fn stops_new_chats(&mut self, now: Instant) -> bool {
        let parts = self.messages.parts();
        let stop = parts.accounts.restriction(self.account()).new_chat_stop(parts.clock.now());
        if stop.is_none() || now.duration_since(self.held_since) >= LOOK_EVERY {
            self.held.clear();
            self.held_since = now;
        }
        stop.is_some()
    }

    /// Reads what waits. What was on its way when the process ended is sent again, under the same id.
    async fn load(&mut self) -> Result<(), StorageError> {
        if self.loaded {
            return Ok(());
        }
        let mut tx = self.messages.parts().storage.read().await?;
        let waiting = tx.messages(&self.scope.key).waiting().await?;
        for message in waiting {
            self.lineup.add(message);
        }
        self.loaded = true;
        Ok(())
    }

    fn reload(&mut self) {
        self.lineup = Lineup::default();
        self.flights.clear();
        self.early.clear();
        self.attempts.abort_all();
        self.loaded = false;
        self.try_again_at = Some(Instant::now() + BREATH);
    }

    /// Scheduled messages that are due take their places.
    async fn promote(&mut self) -> Result<(), StorageError> {
        let now = self.messages.parts().clock.now();
        let due = self.lineup.take_due(now);
        if due.is_empty() {
            return Ok(());
        }
        let (scope, ids) = (self.scope.clone(), due.iter().map(|message| message.id).collect::<Vec<_>>());
        let parts = self.messages.parts();
        let placed = append_with_others(&parts.storage, &parts.log, move |tx| {
            Box::pin(async move {
                let mut messages = tx.messages(&scope.key);
                let mut place = messages.take_places(u32::try_from(ids.len()).unwrap_or(u32::MAX)).await?;
                let mut placed = Vec::new();
                for id in ids {
                    if let Some(mut row) = messages.hold(id).await?
                        && row.status == MessageStatus::Queued
                    {
                        row.place = Some(place);
                        messages.update(&row).await?;
                        placed.push((id, place));
                        place += 1;
                    }
                }
                Ok(Written::silent(placed))
            })
        });
        match placed.await {
            Ok(placed) => {
                for message in due {
                    if let Some((_, place)) = placed.iter().find(|(id, _)| *id == message.id) {
                        self.lineup.add(WaitingMessage { place: Some(*place), ..message });
                    }
                }
                Ok(())
            }
            Err(error) => {
                due.into_iter().for_each(|message| self.lineup.add(message));
                Err(error)
            }
        }
    }

    async fn expire(&mut self) -> Result<(), StorageError> {
        let now = self.messages.parts().clock.now();
        for id in self.lineup.expired(now) {
            let step = Step::failed(Failure::of(FailureCode::Expired));
            advance(&self.messages, &self.scope, id, step).await?;
            self.lineup.remove(id);
        }
        Ok(())
    }

    /// An account without a session sends nothing any more.
    async fn give_up_without_session(&mut self) -> Result<(), StorageError> {
        if self.outlet.is_some() || self.messages.parts().accounts.is_linked(self.account()) {
            return Ok(());
        }
        let waiting: Vec<(MessageId, ChatId)> =
            self.lineup.all().map(|message| (message.id, message.chat_id)).collect();
        for (id, chat) in waiting {
            let step = Step::failed(Failure::of(FailureCode::AccountNotLinked));
            advance(&self.messages, &self.scope, id, step).await?;
            self.lineup.remove(id);
            self.lineup.free(chat);
        }
        self.flights.clear();
        Ok(())
    }

    fn send_next(&mut self) {
        self.outlet.take_if(|outlet| !outlet.is_ready());
        let Some(outlet) = self.outlet.clone() else { return };
        let Some(pacing) = self.pacing else { return };
        let manner = Manner { typing: pacing.typing, no_new_chats: self.stops_new_chats(Instant::now()) };
        while self.attempts.len() < AT_ONCE {
            let now = Instant::now();
            let may_count = self.pace.wait_until(now, self.rate()).is_none() && !self.day_is_full();
            let held = &self.held;
            // What is done to another message counts towards no limit, and neither does a second try.
            let wanted = |message: &WaitingMessage| {
                let counts = !message.is_act && message.status == MessageStatus::Queued;
                !counts || (may_count && !held.contains(&message.chat_id))
            };
            let Some(message) = self.lineup.take(wanted) else { return };
            let mut pace = self.pace;
            if !message.is_act && message.status == MessageStatus::Queued {
                pace = self.pace.sent(now, rand::random());
            }
            let (messages, scope, outlet) = (self.messages.clone(), self.scope.clone(), outlet.clone());
            self.attempts.spawn(async move {
                let attempt = attempt(messages, scope, outlet, message.id, manner).await;
                (message, pace, attempt)
            });
        }
    }

    fn day_is_full(&self) -> bool {
        self.messages.parts().accounts.day_is_full(self.account())
    }

    async fn hear(&mut self, word: Word) {
        match word {
            Word::Look => {}
            Word::Accepted(accepted) if self.loaded => {
                accepted.into_iter().for_each(|message| self.lineup.add(message));
            }
            Word::Accepted(_) => {}
            Word::Cancelled(id) => {
                self.lineup.remove(id);
            }
            Word::Settings => {
                self.pacing = None;
                self.try_again_at = None;
            }
            Word::Note(Note::Online(outlet)) => self.online(outlet),
            Word::Note(Note::Offline(epoch)) => {
                if self.outlet.as_ref().is_some_and(|outlet| outlet.epoch() == epoch) {
                    self.outlet = None;
                    // Without a connection no answer can come.
                    self.flights.values_mut().for_each(|flight| flight.due = None);
                }
            }
            Word::Note(Note::Acknowledged(answer)) => self.answered(answer).await,
            Word::Note(Note::Receipt(receipt)) => {
                let ids = receipt.wa_message_ids.clone();
                let by_me = receipt.by_me;
                if let Err(error) = receipts::take(&self.messages, &self.scope, receipt).await {
                    tracing::warn!(account = %self.account(), %error, "a receipt could not be stored");
                    return;
                }
                // A receipt proves what an answer that was lost would have said. In a group the answer still has to tell whom
                // the message was addressed to.
                for id in ids.into_iter().filter(|_| !by_me) {
                    if self.flights.get(&id).is_some_and(|flight| flight.members.is_empty())
                        && let Some(flight) = self.flights.remove(&id)
                    {
                        self.land(&flight);
                    }
                }
            }
        }
    }

    /// What left over an earlier connection and was not answered is sent again, under the same id.
    fn online(&mut self, outlet: Outlet) {
        self.outlet = Some(outlet);
        let unanswered: Vec<Flight> = self.flights.drain().map(|(_, flight)| flight).collect();
        for flight in unanswered {
            self.lineup.free(flight.chat);
        }
    }

    /// `pace` is that from before the attempt.
    async fn ended(&mut self, message: WaitingMessage, pace: Pace, attempt: Attempt) {
        match attempt {
            Attempt::Restricted => {
                self.pace = pace;
                self.held.insert(message.chat_id);
                self.lineup.free(message.chat_id);
            }
            Attempt::Left { wa_message_id, reached_nobody, members } => {
                let due = self.outlet.is_some().then(|| Instant::now() + ANSWER_WITHIN);
                let flight = Flight { due, reached_nobody, members, ..Flight::of(&message) };
                self.take_off(message, wa_message_id, flight).await;
            }
            Attempt::Cut { wa_message_id } => {
                self.take_off(message, wa_message_id, Flight::of(&message)).await;
            }
            Attempt::Ended => {
                self.lineup.remove(message.id);
                self.lineup.free(message.chat_id);
            }
            Attempt::NotNow => {
                self.lineup.free(message.chat_id);
                self.try_again_at = Some(Instant::now() + BREATH);
            }
            Attempt::Fenced => {
                self.outlet = None;
                self.lineup.free(message.chat_id);
            }
        }
    }

    async fn take_off(&mut self, message: WaitingMessage, wa_id: String, flight: Flight) {
        // From now on it counts as on its way: another try needs no place and no pace.
        let sending = WaitingMessage { status: MessageStatus::Sending, ..message };
        self.lineup.add(sending);
        self.flights.insert(wa_id.clone(), flight);
        if let Some(answer) = self.early.remove(&wa_id) {
            self.answered(answer).await;
        }
    }

    async fn answered(&mut self, answer: Acknowledgement) {
        let Some(flight) = self.flights.remove(&answer.wa_message_id) else {
            // It may be faster than the attempt's own end.
            if !self.attempts.is_empty() {
                self.early.insert(answer.wa_message_id.clone(), answer);
            } else {
                self.early.clear();
            }
            return;
        };
        let step = match answer.error {
            Some(code) => Step::failed(Failure::answered(code)),
            None if flight.reached_nobody => Step::failed(Failure::of(FailureCode::NoDeviceReached)),
            None => Step { sent_at: answer.at, ..Step::to(MessageStatus::Sent) },
        };
        let failed = step.failure.is_some();
        let members = flight.members.clone();
        let moved = acts::conclude(&self.messages, &self.scope, flight.id, step, members).await;
        if let Err(error) = moved {
            tracing::warn!(account = %self.account(), %error, "an answer of WhatsApp waits for the database");
            // The same bytes again bring the same answer.
            self.lineup.free(flight.chat);
            self.try_again_at = Some(Instant::now() + BREATH);
            return;
        }
        if !flight.is_act
            && let Some(outlet) = &self.outlet
        {
            outlet.count(failed);
        }
        self.land(&flight);
    }

    fn land(&mut self, flight: &Flight) {
        self.silent.remove(&flight.id);
        self.lineup.remove(flight.id);
        self.lineup.free(flight.chat);
    }

    /// An answer that does not come in time is asked for by sending the same again over a new connection; then it is given up.
    async fn notice_silence(&mut self) {
        let now = Instant::now();
        let late: Vec<String> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.due.is_some_and(|due| due <= now))
            .map(|(id, _)| id.clone())
            .collect();
        for wa_id in late {
            let Some(mut flight) = self.flights.remove(&wa_id) else { continue };
            // The first time it is asked for again.
            if self.silent.insert(flight.id) {
                flight.due = None;
                self.flights.insert(wa_id, flight);
                if let Some(outlet) = self.outlet.take() {
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
