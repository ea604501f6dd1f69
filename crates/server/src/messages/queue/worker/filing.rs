//! Stores WhatsApp's answers and the receipts from phones (the reports). Only one write at a time is in progress.
//! Reports that arrive during a write are stored together after that write. So many reports need only a few writes to
//! the disk.

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
use crate::whatsapp::{Acknowledgement, ReceiptNote, Unstored};

/// The maximum number of reports in one write. The writes of other accounts wait until this write ends.
const TOGETHER: usize = 64;

/// The reports that are not stored yet, in the order in which they arrived.
#[derive(Default)]
pub(super) struct Filing {
    waiting: VecDeque<(Told, After)>,
    pub(super) writing: JoinSet<Written>,
    /// How often [`Filing::forget_answers`] was called. Each write notes this number when it begins. If the number has
    /// changed when the write ends, the answers in that write are ignored.
    forgotten: u64,
    /// How many of the next reports are stored one by one, because one of them may be impossible to store.
    alone: usize,
    /// When to try again if the database was not available.
    rest_until: Option<Instant>,
}

/// What the worker does after a report is stored.
pub(super) enum After {
    /// WhatsApp answered the message, so the chat can send its next message.
    Land { flight: Flight, failed: bool },
    /// The receipt may be acknowledged. The messages with these ids arrived, so the worker no longer waits for
    /// WhatsApp's answers to them.
    Settle { receipt: Unstored, arrived: Vec<String> },
}

impl After {
    /// Lets WhatsApp get the acknowledgement of a stored receipt. When the server stops, nothing else needs to be done
    /// after a report is stored.
    fn settle(self) {
        if let Self::Settle { receipt, .. } = self {
            receipt.settle();
        }
    }
}

/// A write that has ended.
pub(super) struct Written {
    told: Arc<Vec<Told>>,
    after: Vec<After>,
    /// The number of [`Filing::forgotten`] when the write began.
    forgotten: u64,
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

    pub(super) fn receipt(&mut self, note: ReceiptNote, receipt: Unstored) {
        // If the owner read or played the messages on another device, the messages are inbound. The worker waits for
        // answers only to outbound messages.
        let arrived = if note.by_me { Vec::new() } else { note.wa_message_ids.clone() };
        self.waiting.push_back((Told::Receipt(note), After::Settle { receipt, arrived }));
    }

    /// When to try again to store the reports.
    pub(super) fn next(&self) -> Option<Instant> {
        self.rest_until.filter(|_| !self.waiting.is_empty())
    }

    /// Forgets the answers that are not stored yet. Their messages will be sent again, and get new answers.
    /// Receipts are kept, because they come only once.
    pub(super) fn forget_answers(&mut self) {
        self.waiting.retain(|(told, _)| matches!(told, Told::Receipt(_)));
        self.forgotten += 1;
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
        let forgotten = self.filing.forgotten;
        self.filing.writing.spawn(async move {
            let done = write(&messages, &scope, Arc::clone(&told)).await;
            Written { told, after, forgotten, done }
        });
    }

    pub(super) fn filed(&mut self, written: Written) {
        let Written { told, after, forgotten, done } = written;
        // If answers were forgotten during the write, the worker ignores the answers in this write. It never ignores
        // receipts.
        let counts =
            |after: &After| forgotten == self.filing.forgotten || matches!(after, After::Settle { .. });
        let Err(error) = done else {
            self.filing.alone = self.filing.alone.saturating_sub(after.len());
            let after: Vec<After> = after.into_iter().filter(counts).collect();
            after.into_iter().for_each(|after| self.follow(after));
            return;
        };
        let (told, after): (Vec<Told>, Vec<After>) =
            Arc::unwrap_or_clone(told).into_iter().zip(after).filter(|(_, after)| counts(after)).unzip();
        tracing::warn!(account = %self.account(), %error, "answers and receipts wait for the database");
        let is_away = matches!(error, StorageError::Unavailable(_));
        if is_away {
            self.filing.rest_until = Some(Instant::now() + BREATH);
        }
        if is_away || after.len() > 1 {
            // One of the reports may have caused the error. From now on the reports are stored one by one, so that this
            // report does not block the others.
            self.filing.alone = if is_away { self.filing.alone } else { after.len() };
            for again in told.into_iter().zip(after).rev() {
                self.filing.waiting.push_front(again);
            }
            return;
        }
        self.filing.alone = self.filing.alone.saturating_sub(1);
        for after in after {
            match after {
                // The answer cannot be stored, so the message is sent again with the same bytes. WhatsApp then repeats
                // the answer.
                After::Land { flight, .. } => {
                    self.lineup.free(flight.chat);
                    self.try_again_at = Some(Instant::now() + BREATH);
                }
                After::Settle { receipt, .. } => receipt.settle(),
            }
        }
    }

    /// Stores the remaining reports when the server stops. If an answer cannot be stored, its message is sent
    /// again after the next start.
    pub(super) async fn finish_filing(&mut self) {
        self.filing.rest_until = None;
        loop {
            self.file();
            match self.filing.writing.join_next().await {
                Some(Ok(Written { after, done: Ok(()), .. })) => {
                    after.into_iter().for_each(After::settle);
                }
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
            // A receipt proves that WhatsApp took the message, even if WhatsApp's answer was lost. For a group
            // message the answer is still needed, because only the answer confirms to whom the message was
            // addressed.
            After::Settle { receipt, arrived } => {
                receipt.settle();
                for id in arrived {
                    if self.flights.get(&id).is_some_and(|flight| flight.members.is_empty())
                        && let Some(flight) = self.flights.remove(&id)
                    {
                        self.land(&flight);
                    }
                }
            }
        }
    }
}
