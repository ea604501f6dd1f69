//! Writing down what was told of messages that left: one write at a time, with all that came since the one before it.

use std::collections::VecDeque;
use std::sync::Arc;

use linekeeper_model::message::{Failure, FailureCode, MessageStatus};
use linekeeper_storage::StorageError;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::flight::Flight;
use super::{BREATH, Worker};
use crate::messages::queue::progress::Step;
use crate::messages::queue::told::{Told, write};
use crate::whatsapp::{Acknowledgement, ReceiptNote};

/// Most of what is written together: the writes of other accounts wait meanwhile.
const TOGETHER: usize = 64;

/// What was told, until it is written.
#[derive(Default)]
pub(super) struct Filing {
    waiting: VecDeque<(Told, After)>,
    pub(super) writing: JoinSet<Written>,
    /// How many are written one by one, because one of them cannot be written.
    alone: usize,
    /// While the database is away.
    rest_until: Option<Instant>,
}

/// What follows when it is written.
pub(super) enum After {
    /// The message was answered.
    Land { flight: Flight, failed: bool },
    /// These messages arrived: what was awaited of them is not awaited any more.
    Arrived(Vec<String>),
    /// The owner read messages elsewhere.
    Nothing,
}

/// A write that is over.
pub(super) struct Written {
    told: Arc<Vec<Told>>,
    after: Vec<After>,
    done: Result<(), StorageError>,
}

impl Filing {
    pub(super) fn answer(&mut self, flight: Flight, answer: &Acknowledgement) {
        let step = match answer.error {
            Some(code) => Step::failed(Failure::answered(code)),
            None if flight.reached_nobody => Step::failed(Failure::of(FailureCode::NoDeviceReached)),
            None => Step { sent_at: answer.at, ..Step::to(MessageStatus::Sent) },
        };
        let failed = step.failure.is_some();
        let told = Told::Answer { id: flight.id, step, members: flight.members.clone() };
        self.waiting.push_back((told, After::Land { flight, failed }));
    }

    pub(super) fn receipt(&mut self, receipt: ReceiptNote) {
        let after =
            if receipt.by_me { After::Nothing } else { After::Arrived(receipt.wa_message_ids.clone()) };
        self.waiting.push_back((Told::Receipt(receipt), after));
    }

    /// When what could not be written is tried again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.rest_until.filter(|_| !self.waiting.is_empty())
    }

    /// Forgets what is not written: it is asked for anew.
    pub(super) fn forget(&mut self) {
        self.waiting.clear();
        self.writing.abort_all();
    }
}

impl Worker {
    /// Begins to write what was told, where no write is under way.
    pub(super) fn file(&mut self) {
        let rests = self.filing.rest_until.is_some_and(|until| until > Instant::now());
        if rests || !self.filing.writing.is_empty() || self.filing.waiting.is_empty() {
            return;
        }
        let most = if self.filing.alone > 0 { 1 } else { TOGETHER };
        let count = self.filing.waiting.len().min(most);
        let (told, after): (Vec<_>, Vec<_>) = self.filing.waiting.drain(..count).unzip();
        let (messages, scope, told) = (self.messages.clone(), self.scope.clone(), Arc::new(told));
        self.filing.writing.spawn(async move {
            let done = write(&messages, &scope, Arc::clone(&told)).await;
            Written { told, after, done }
        });
    }

    pub(super) fn filed(&mut self, Written { told, after, done }: Written) {
        let Err(error) = done else {
            self.filing.alone = self.filing.alone.saturating_sub(after.len());
            after.into_iter().for_each(|after| self.follow(after));
            return;
        };
        tracing::warn!(account = %self.account(), %error, "what was told of messages waits for the database");
        let is_away = matches!(error, StorageError::Unavailable(_));
        if is_away {
            self.filing.rest_until = Some(Instant::now() + BREATH);
        }
        if is_away || after.len() > 1 {
            // One of them may be the reason: the others need not wait for it.
            self.filing.alone = if is_away { self.filing.alone } else { after.len() };
            let told = Arc::into_inner(told).unwrap_or_default();
            for again in told.into_iter().zip(after).rev() {
                self.filing.waiting.push_front(again);
            }
            return;
        }
        self.filing.alone = self.filing.alone.saturating_sub(1);
        for after in after {
            if let After::Land { flight, .. } = after {
                // The same bytes again bring the same answer.
                self.lineup.free(flight.chat);
                self.try_again_at = Some(Instant::now() + BREATH);
            }
        }
    }

    /// Writes what is left, at the end; what cannot be written is told anew after the next start.
    pub(super) async fn finish_filing(&mut self) {
        self.filing.rest_until = None;
        loop {
            self.file();
            match self.filing.writing.join_next().await {
                Some(Ok(written)) if written.done.is_ok() => {}
                _ => return,
            }
        }
    }

    fn follow(&mut self, after: After) {
        match after {
            After::Land { flight, failed } => {
                if !flight.is_act
                    && let Some(outlet) = &self.outlet
                {
                    outlet.count(failed);
                }
                self.land(&flight);
            }
            // A receipt proves what an answer that was lost would have said. In a group the answer still has to tell whom the
            // message was addressed to.
            After::Arrived(ids) => {
                for id in ids {
                    if self.flights.get(&id).is_some_and(|flight| flight.members.is_empty())
                        && let Some(flight) = self.flights.remove(&id)
                    {
                        self.land(&flight);
                    }
                }
            }
            After::Nothing => {}
        }
    }
}
