//! The worker: the main loop of one account's queue. Only the worker knows which messages are being sent.
//! Everything else is read from the database.

mod files;
mod filing;
mod flight;
mod upkeep;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use linekeeper_model::account::Pacing;
use linekeeper_model::id::{AccountId, ChatId, MessageId};
use linekeeper_model::message::MessageStatus;
use linekeeper_storage::WaitingMessage;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::lineup::Lineup;
use super::pacing::{Pace, Rate};
use super::send::{Attempt, Manner, attempt};
use crate::messages::service::{Messages, Scope};
use crate::whatsapp::{Acknowledgement, Note, Outlet};
use files::Files;
use filing::Filing;
use flight::Flight;

/// The maximum number of messages that are being sent at the same time. Each one belongs to another chat.
const AT_ONCE: usize = 32;
/// The pause before another try after something failed.
const BREATH: Duration = Duration::from_secs(2);
/// The maximum pause between two checks of the clock. It is short, because the machine's time may be changed.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A signal that other code sends to a queue.
#[derive(Debug)]
pub(in crate::messages) enum Word {
    /// The database may have new messages for the queue.
    Look,
    /// These messages were accepted.
    Accepted(Vec<WaitingMessage>),
    /// This message was cancelled.
    Cancelled(MessageId),
    /// The file of this message is now in the store.
    File(MessageId),
    /// The account's settings changed.
    Settings,
    /// The connection to WhatsApp reports something.
    Note(Note),
}

/// An attempt to send that has ended.
struct Ended {
    message: WaitingMessage,
    /// The account's pace before the attempt. It is restored if the message was not sent.
    pace: Pace,
    /// The number of the connection over which the attempt was made. `epoch` is the connection's fencing number.
    connection: u64,
    epoch: i64,
    attempt: Attempt,
}

struct Worker {
    messages: Messages,
    scope: Scope,
    lineup: Lineup,
    pace: Pace,
    /// The account's pacing. `None` if it must be read from the database again.
    pacing: Option<Pacing>,
    /// The chats that cannot be started now because of WhatsApp's restriction. `held_since` says since when they
    /// wait.
    held: HashSet<ChatId>,
    held_since: Instant,
    outlet: Option<Outlet>,
    /// The messages that wait for WhatsApp's answer, by their WhatsApp ids.
    flights: HashMap<String, Flight>,
    /// Answers that arrived before the attempt to send had ended.
    early: HashMap<String, Acknowledgement>,
    attempts: JoinSet<Ended>,
    /// Answers and receipts that are not stored yet.
    filing: Filing,
    /// The number of connections so far.
    connection: u64,
    /// The messages to which WhatsApp has once not answered in time. If this happens again for such a message, the
    /// worker gives the message up.
    silent: HashSet<MessageId>,
    /// The epoch of the client over which the phone was last asked for messages that could not be decrypted.
    asked: Option<i64>,
    files: Files,
    loaded: bool,
    try_again_at: Option<Instant>,
}

/// Runs the queue until the server stops or the account is deleted.
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
        filing: Filing::default(),
        connection: 0,
        silent: HashSet::new(),
        asked: None,
        files: Files::default(),
        loaded: false,
        try_again_at: Some(Instant::now()),
    };
    loop {
        let wake = worker.wake_at();
        let accounts = worker.messages.parts().accounts.clone();
        tokio::select! {
            () = stopping.cancelled() => break,
            word = words.recv() => match word {
                Some(word) => worker.hear(word),
                None => break,
            },
            Some(ended) = worker.attempts.join_next() => match ended {
                Ok(ended) => worker.ended(ended),
                Err(error) => {
                    tracing::error!(%account, %error, "sending a message panicked");
                    worker.reload();
                }
            },
            Some(written) = worker.filing.writing.join_next() => match written {
                Ok(written) => worker.filed(written),
                Err(error) if error.is_cancelled() => {}
                Err(error) => {
                    tracing::error!(%account, %error, "storing answers and receipts panicked");
                    worker.reload();
                }
            },
            // If no phone is linked any more, `work` gives up the waiting messages. The phone that is linked next must
            // not send them.
            () = accounts.unlinked(account), if worker.waits_for_a_connection() => {}
            () = tokio::time::sleep_until(wake) => {}
        }
        worker.file();
        Box::pin(worker.work()).await;
    }
    // A message that is being sent now may be interrupted. After the next start it is sent again with the same id.
    worker.attempts.shutdown().await;
    words.close();
    while let Ok(word) = words.try_recv() {
        if let Word::Note(Note::Acknowledged(_) | Note::Receipt(..)) = &word {
            worker.hear(word);
        }
    }
    worker.finish_filing().await;
}

impl Worker {
    fn account(&self) -> AccountId {
        self.scope.account
    }

    /// Whether there are waiting messages that only need a connection.
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
        // Messages that wait for WhatsApp's restriction to end are tried again soon, because WhatsApp may lift it at
        // any time.
        let held = (!self.held.is_empty()).then(|| now + BREATH);
        let files = self.files.next(now);
        let reports = self.filing.next();
        for at in answers.chain(pauses).chain(held).chain(files).chain(reports).chain(self.try_again_at) {
            wake = wake.min(at);
        }
        wake
    }

    /// Does everything that can be done now.
    async fn work(&mut self) {
        // This must come first: if it gives up a message, the next message of that chat can be sent.
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

    /// The account's current sending rate.
    fn rate(&self) -> Rate {
        let pacing = self.pacing.unwrap_or_default();
        let parts = self.messages.parts();
        let restriction = parts.accounts.restriction(self.account());
        let per_minute = pacing.rate(parts.messages_per_minute, &restriction, parts.clock.now());
        Rate { per_minute, jitter: pacing.jitter }
    }

    /// Whether new chats must not be started now. A message that would start a new chat is tried again from time to
    /// time, because the other person may have written in the meantime.
    fn stops_new_chats(&mut self, now: Instant) -> bool {
        let parts = self.messages.parts();
        let stop = parts.accounts.restriction(self.account()).new_chat_stop(parts.clock.now());
        if stop.is_none() || now.duration_since(self.held_since) >= LOOK_EVERY {
            self.held.clear();
            self.held_since = now;
        }
        stop.is_some()
    }

    fn send_next(&mut self) {
        self.outlet.take_if(|outlet| !outlet.is_ready());
        let Some(outlet) = self.outlet.clone() else { return };
        let Some(pacing) = self.pacing else { return };
        let manner = Manner { typing: pacing.typing, no_new_chats: self.stops_new_chats(Instant::now()) };
        while self.attempts.len() < AT_ONCE {
            let now = Instant::now();
            let may_count = self.pace.wait_until(now, self.rate()).is_none() && !self.day_is_full();
            let (held, files) = (&self.held, &self.files);
            // A reaction, an edit or a revoke counts towards no limit. A second attempt does not count either.
            let wanted = |message: &WaitingMessage| {
                let counts = !message.is_act && message.status == MessageStatus::Queued;
                files.lets(message.id, now) && (!counts || (may_count && !held.contains(&message.chat_id)))
            };
            let Some(message) = self.lineup.take(wanted) else { return };
            let mut pace = self.pace;
            if !message.is_act && message.status == MessageStatus::Queued {
                pace = self.pace.sent(now, rand::random());
            }
            let (messages, scope, outlet) = (self.messages.clone(), self.scope.clone(), outlet.clone());
            let (connection, epoch) = (self.connection, outlet.epoch());
            self.attempts.spawn(async move {
                let attempt = attempt(messages, scope, outlet, message.id, manner).await;
                Ended { message, pace, connection, epoch, attempt }
            });
        }
    }

    fn day_is_full(&self) -> bool {
        self.messages.parts().accounts.day_is_full(self.account())
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Look => {}
            Word::Accepted(accepted) if self.loaded => {
                accepted.into_iter().for_each(|message| self.lineup.add(message));
            }
            Word::Accepted(_) => {}
            Word::Cancelled(id) => {
                self.lineup.remove(id);
                self.files.forget(id);
            }
            Word::File(id) => self.files.came(id, !self.attempts.is_empty()),
            Word::Settings => {
                self.pacing = None;
                self.try_again_at = None;
            }
            Word::Note(Note::Online(outlet)) => self.online(outlet),
            Word::Note(Note::Offline(epoch)) => {
                if self.outlet.as_ref().is_some_and(|outlet| outlet.epoch() == epoch) {
                    self.offline();
                }
            }
            Word::Note(Note::Acknowledged(answer)) => self.answered(answer),
            Word::Note(Note::Receipt(note, receipt)) => self.filing.receipt(note, receipt),
        }
    }
}
