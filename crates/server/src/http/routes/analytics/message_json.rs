//! What happened to messages, in the JSON of the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use linekeeper_model::analytics::{Bucket, Figure, Outcome, Spread, Totals};
use linekeeper_model::message::{MessageStatus, MessageType};
use serde::Serialize;
use utoipa::ToSchema;

use super::connection_json::listed;
use super::csv::number;

/// What happened to the messages of an account, or of several accounts together.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageFigures {
    counts: MessageCounts,
    /// The counts for each type of message. Types without messages are left out.
    types: Vec<TypeFigures>,
    /// The number of failed messages for each failure code.
    #[schema(example = json!({ "recipient_not_on_whatsapp": 2 }))]
    failures_by_code: BTreeMap<&'static str, u64>,
    /// How long direct messages took from WhatsApp's server to the recipient's device.
    delivery_time: Durations,
    /// How long recipients took to read direct messages. The time begins when WhatsApp's server accepts the message.
    read_time: Durations,
    /// How long a person in a direct chat waited for an answer. The time begins with the person's first unanswered
    /// message.
    first_response_time: Durations,
}

/// How many messages reached each status. A message is counted in the period in which it reached the status. If a
/// message skips a status, the skipped status is counted too. For example, a message that was played is also counted as
/// read.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MessageCounts {
    /// The number of inbound messages.
    #[schema(example = 40)]
    received: u64,
    /// The number of outbound messages that were written on the phone or on another linked device.
    #[schema(example = 5)]
    echoed: u64,
    /// The number of outbound messages that came from the API or the dashboard.
    #[schema(example = 50)]
    accepted: u64,
    /// The number of messages from the API or the dashboard that WhatsApp's server confirmed.
    #[schema(example = 48)]
    sent: u64,
    /// The number of outbound messages that reached the recipient's device.
    #[schema(example = 45)]
    delivered: u64,
    /// The number of outbound messages that the recipient read.
    #[schema(example = 30)]
    read: u64,
    /// The number of outbound messages that the recipient played.
    #[schema(example = 0)]
    played: u64,
    #[schema(example = 2)]
    failed: u64,
    #[schema(example = 0)]
    cancelled: u64,
    /// The number of messages whose result is not known: this server sent the message, and WhatsApp's server neither
    /// confirmed nor refused it.
    #[schema(example = 0)]
    unknown: u64,
}

/// The figures of the messages of one type.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageTypeFigures)]
struct TypeFigures {
    /// The type of the messages, as in the field `type` of a message. A message that cannot be decrypted is counted
    /// under `undecryptable`. If the message arrives again in readable form, the server counts it again, under its real
    /// type. `other` stands for messages whose type the server does not know, or no longer knows.
    #[serde(rename = "type")]
    #[schema(example = "text")]
    kind: &'static str,
    counts: MessageCounts,
}

/// How long something took, in milliseconds. The percentiles have an error of at most 4.5 %.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Durations {
    /// The number of measurements.
    #[schema(example = 45)]
    count: u64,
    /// The median: half of the measurements are at most this long. Null if there are no measurements.
    #[schema(required = true, example = 1_200)]
    p50_ms: Option<u64>,
    /// The 95th percentile: 95 % of the measurements are at most this long. Null if there are no measurements.
    #[schema(required = true, example = 5_600)]
    p95_ms: Option<u64>,
}

/// The figures of one hour, day or week.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageBucket {
    #[schema(value_type = String, format = DateTime, example = "2026-06-01T00:00:00Z")]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-06-02T00:00:00Z")]
    to: Timestamp,
    figures: MessageFigures,
}

impl MessageBucket {
    pub(super) fn all(buckets: &[Bucket], totals: &[Totals]) -> Vec<Self> {
        let of_one = |(bucket, totals): (&Bucket, &Totals)| Self {
            from: bucket.from.begin(),
            to: bucket.to.begin(),
            figures: totals.into(),
        };
        buckets.iter().zip(totals).map(of_one).collect()
    }

    /// One CSV row for all messages, and one for each type.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let figures = &self.figures;
        let row = |kind: &str, counts: &MessageCounts| {
            let mut row = vec![self.from.to_string(), self.to.to_string(), kind.to_owned()];
            row.extend(counts.cells());
            row
        };
        let mut all = row("all", &figures.counts);
        all.push(listed(&figures.failures_by_code));
        for durations in [&figures.delivery_time, &figures.read_time, &figures.first_response_time] {
            all.extend([durations.count.to_string(), number(durations.p50_ms), number(durations.p95_ms)]);
        }
        let width = all.len();
        let of_type = |figures: &TypeFigures| {
            let mut row = row(figures.kind, &figures.counts);
            row.resize(width, String::new());
            row
        };
        std::iter::once(all).chain(figures.types.iter().map(of_type)).collect()
    }

    /// The names of the columns of [`MessageBucket::rows`].
    pub(super) const COLUMNS: &[&str] = &[
        "from",
        "to",
        "type",
        "received",
        "echoed",
        "accepted",
        "sent",
        "delivered",
        "read",
        "played",
        "failed",
        "cancelled",
        "unknown",
        "failuresByCode",
        "deliveryCount",
        "deliveryP50Ms",
        "deliveryP95Ms",
        "readCount",
        "readP50Ms",
        "readP95Ms",
        "firstResponseCount",
        "firstResponseP50Ms",
        "firstResponseP95Ms",
    ];
}

impl From<&Totals> for MessageFigures {
    fn from(totals: &Totals) -> Self {
        let of_type = |kind: Option<MessageType>| TypeFigures {
            kind: kind.map_or("other", MessageType::code),
            counts: MessageCounts::of(|outcome| totals.get(Figure::Message(kind, outcome))),
        };
        Self {
            counts: MessageCounts::of(|outcome| totals.messages(outcome)),
            types: totals.kinds().map(of_type).collect(),
            failures_by_code: totals.refused(),
            delivery_time: totals.spread(Figure::Delivery).into(),
            read_time: totals.spread(Figure::Read).into(),
            first_response_time: totals.spread(Figure::Response).into(),
        }
    }
}

impl MessageCounts {
    fn of(number: impl Fn(Outcome) -> u64) -> Self {
        let reached = |status| number(Outcome::Reached(status));
        Self {
            received: number(Outcome::Received),
            echoed: number(Outcome::Echoed),
            accepted: number(Outcome::Accepted),
            sent: reached(MessageStatus::Sent),
            delivered: reached(MessageStatus::Delivered),
            read: reached(MessageStatus::Read),
            played: reached(MessageStatus::Played),
            failed: reached(MessageStatus::Failed),
            cancelled: reached(MessageStatus::Cancelled),
            unknown: reached(MessageStatus::Unknown),
        }
    }

    fn cells(&self) -> impl Iterator<Item = String> {
        let numbers = [
            self.received,
            self.echoed,
            self.accepted,
            self.sent,
            self.delivered,
            self.read,
            self.played,
            self.failed,
            self.cancelled,
            self.unknown,
        ];
        numbers.into_iter().map(|number| number.to_string())
    }
}

impl From<Spread> for Durations {
    fn from(spread: Spread) -> Self {
        Self { count: spread.count(), p50_ms: spread.percentile(50), p95_ms: spread.percentile(95) }
    }
}
