//! Stores WhatsApp's answers and the phones' receipts. Only one write runs at a time. What arrives during a write is stored
//! by the next one, so many reports cost few waits for the disk.

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

/// The maximum number of reports in one write. The writes of other accounts wait for it.
const TOGETHER: usize = 64;

/// The reports that are not stored yet, in the order in which they arrived.
#[derive(Default)]
pub(super) struct Filing {
    waiting: VecDeque<(Told, After)>,
    pub(super) writing: JoinSet<Written>,
    /// How many of the next reports are stored one by one, because one of them cannot be stored.
    alone: usize,
    /// When to try again, if the database is not available.
    rest_until: Option<Instant>,
}

/// What the worker does when a report is stored.
pub(super) enum After {
    /// WhatsApp answered the message, so the chat can send its next one.
    Land { flight: Flight, failed: bool },
    /// These messages arrived, so the worker stops waiting for their answers.
    Arrived(Vec<String>),
    /// The owner read messages elsewhere.
    Nothing,
}

/// A write that has ended.
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

    /// When the reports that could not be stored are tried again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.rest_until.filter(|_| !self.waiting.is_empty())
    }

    /// Forgets the answers that are not stored: their messages are sent again. Receipts come only once, so they stay.
    pub(super) fn forget_answers(&mut self) {
        self.waiting.retain(|(told, _)| matches!(told, Told::Receipt(_)));
        self.writing.abort_all();
    }
}

impl Worker {
    /// Starts to store the reports, unless a write is running.
    pub(super) fn file(&mut self) {
        let rests = self.filing.rest_until.is_some_and(|until| until > Instant::now());
        if rests || !self.filing.writing.is_empty() || self.filing.waiting.is_empty() {
            return;
        }
        self.filing.rest_until = None;
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
        tracing::warn!(account = %self.account(), %error, "answers and receipts wait for the database");
        let is_away = matches!(error, StorageError::Unavailable(_));
        if is_away {
            self.filing.rest_until = Some(Instant::now() + BREATH);
        }
        if is_away || after.len() > 1 {
            // One report may be the reason. Stored one by one, the others do not wait for it.
            self.filing.alone = if is_away { self.filing.alone } else { after.len() };
            let told = Arc::unwrap_or_clone(told);
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

    /// Stores the remaining reports when the server stops. Messages whose answers cannot be stored are sent again after the
    /// next start.
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
            // A receipt proves that WhatsApp took the message, even if the answer was lost. In a group the answer is still
            // needed: it tells to whom the message was addressed.
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
