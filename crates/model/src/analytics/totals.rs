//! Figures added up over a period, over accounts, or over both, and the values that are computed from them.

use std::collections::{BTreeMap, HashMap};
use std::iter::Sum;

use super::figure::{Figure, Outcome, Standing};
use super::histogram::{Slot, Spread};
use crate::message::{FailureCode, MessageType};
use crate::reason::Reason;
use crate::status::ConnectionStatus;

/// The sum of each figure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals(HashMap<Figure, u64>);

impl Totals {
    /// Adds a number to a figure.
    pub fn add(&mut self, figure: Figure, number: u64) {
        *self.0.entry(figure).or_default() += number;
    }

    /// Adds all figures of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (figure, number) in &other.0 {
            self.add(*figure, *number);
        }
    }

    /// The sum of a figure; 0 if nothing was counted.
    pub fn get(&self, figure: Figure) -> u64 {
        self.0.get(&figure).copied().unwrap_or(0)
    }

    /// The milliseconds that accounts spent in a state.
    pub fn time(&self, standing: Standing) -> u64 {
        self.get(Figure::Time(standing))
    }

    /// The share of the time in which the account was connected. Time in the state `Disconnected` does not count,
    /// because nobody wanted the account online then. `None` if there is only such time.
    pub fn uptime(&self) -> Option<f64> {
        let connected = self.time(Standing::In(ConnectionStatus::Connected));
        let at_rest = Standing::In(ConnectionStatus::Disconnected);
        let all: u64 =
            Standing::ALL.into_iter().filter(|standing| *standing != at_rest).map(|s| self.time(s)).sum();
        share(connected, all)
    }

    /// The share of the requests to webhooks that succeeded; `None` if there were no requests.
    pub fn webhook_success(&self) -> Option<f64> {
        let taken = self.get(Figure::WebhookTaken);
        share(taken, taken + self.get(Figure::WebhookFailed))
    }

    /// How often each reason was counted. The keys are the codes of the reasons. `figure` returns the figure that
    /// counts the given reason, such as [`Figure::Failure`]. Reasons that were never counted are left out.
    pub fn by_reason(&self, figure: impl Fn(Reason) -> Figure) -> BTreeMap<&'static str, u64> {
        let numbers = Reason::ALL.iter().map(|reason| (reason.code(), self.get(figure(*reason))));
        numbers.filter(|(_, number)| *number > 0).collect()
    }

    /// The number of failed messages for each failure code. Codes with the number zero are left out.
    pub fn refused(&self) -> BTreeMap<&'static str, u64> {
        let numbers = FailureCode::ALL.into_iter().map(|code| (code.code(), self.get(Figure::Refused(code))));
        numbers.filter(|(_, number)| *number > 0).collect()
    }

    /// The number of messages of all types with this outcome. A message that could not be decrypted is not counted
    /// here. If it arrives again in readable form, it counts under its real type.
    pub fn messages(&self, outcome: Outcome) -> u64 {
        let kinds = self.kinds().filter(|kind| *kind != Some(MessageType::Undecryptable));
        kinds.map(|kind| self.get(Figure::Message(kind, outcome))).sum()
    }

    /// The types of messages that were counted, in the order of the API description.
    pub fn kinds(&self) -> impl Iterator<Item = Option<MessageType>> {
        let all = MessageType::ALL.iter().copied().map(Some).chain([None]);
        all.filter(|kind| {
            self.0.keys().any(|figure| matches!(figure, Figure::Message(known, _) if known == kind))
        })
    }

    /// The distribution of the measured durations of one kind, such as the times until messages were read. `sort`
    /// chooses the kind: for a slot, it returns the figure of this kind, such as [`Figure::Read`].
    pub fn spread(&self, sort: impl Fn(Slot) -> Figure) -> Spread {
        let mut spread = Spread::default();
        for (figure, number) in &self.0 {
            if let Figure::Delivery(slot) | Figure::Read(slot) | Figure::Response(slot) = *figure
                && sort(slot) == *figure
            {
                spread.add(slot, *number);
            }
        }
        spread
    }
}

impl<'t> Sum<&'t Totals> for Totals {
    fn sum<I: Iterator<Item = &'t Self>>(all: I) -> Self {
        let mut sum = Self::default();
        all.for_each(|totals| sum.merge(totals));
        sum
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
