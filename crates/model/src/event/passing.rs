//! Transient events. They are not stored and have no number in the log. Only listeners that are connected at the
//! moment get them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rand::Rng;
use serde::{Serialize, Serializer};

use super::{Event, Filter, TypePattern, UnknownTypePattern};
use crate::access::Permission;
use crate::id::{AccountId, EventId, WorkspaceId};
use crate::message::ChatType;
use crate::secret::Secret;

/// The types of transient events. A type is lower case with a dot, and it is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassingType {
    /// The QR code to show now.
    AccountQrCode,
    /// What a pairing waits for now.
    AccountPairingStep,
}

impl PassingType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::AccountQrCode, Self::AccountPairingStep];

    /// The type's text in events and in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AccountQrCode => "account.qr_code",
            Self::AccountPairingStep => "account.pairing_step",
        }
    }

    /// The permission that a listener needs. QR codes need the permission to link accounts, because anybody who has the
    /// QR code can link the account to their own phone.
    pub const fn needs(self) -> Permission {
        match self {
            Self::AccountQrCode => Permission::WhatsappConnect,
            Self::AccountPairingStep => Permission::WhatsappRead,
        }
    }
}

impl fmt::Display for PassingType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for PassingType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// What a pairing waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PairingStep {
    /// The pairing waits for WhatsApp's first code.
    Opening,
    /// The pairing waits for a phone that scans the QR code.
    Qr,
    /// The pairing waits until somebody types the pairing code on the phone.
    PairingCode,
    /// The pairing waits for the account's passkey.
    Passkey,
    /// The pairing waits for a person who compares the codes on both sides.
    PasskeyConfirmation,
    /// A phone agreed to link, and the first login is running.
    Linking,
    /// The pairing expired before a phone was linked.
    Expired,
    /// The pairing succeeded, and the account is connected.
    Connected,
    /// The pairing failed or was cancelled.
    Ended,
}

/// The data of a transient event. In the envelope, this is `data`.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum PassingPayload {
    /// The QR code to show now.
    QrCode {
        /// The text to encode as a QR code.
        #[serde(serialize_with = "shown")]
        qr_code: Secret<String>,
        /// When the pairing ends. After that, no code of this pairing works.
        qr_code_expiry: Timestamp,
        /// When the next QR code replaces this one.
        refresh_at: Timestamp,
    },
    /// What a pairing waits for now.
    PairingStep {
        /// The current step.
        step: PairingStep,
        /// When the code that is shown now stops working. `None` if no code is shown.
        expires_at: Option<Timestamp>,
    },
}

/// Writes the secret in plain text. This is safe, because events are serialized only for listeners with the required
/// permission.
fn shown<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// A transient event. In its envelope, `seq` is null.
#[derive(Debug, Clone)]
pub struct Passing {
    /// The event's id.
    pub id: EventId,
    /// The workspace that the event belongs to.
    pub workspace_id: WorkspaceId,
    /// The account that the event is about.
    pub account_id: AccountId,
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub payload: PassingPayload,
}

impl Passing {
    /// A new transient event about an account at `now`.
    pub fn of_account(
        workspace_id: WorkspaceId,
        account_id: AccountId,
        payload: PassingPayload,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Self {
        let id = EventId::generate(now, rng);
        Self { id, workspace_id, account_id, occurred_at: now, payload }
    }

    /// The event's type.
    pub const fn event_type(&self) -> PassingType {
        match self.payload {
            PassingPayload::QrCode { .. } => PassingType::AccountQrCode,
            PassingPayload::PairingStep { .. } => PassingType::AccountPairingStep,
        }
    }
}

/// Serializes the event with the same envelope as stored events.
impl Serialize for Passing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let envelope = Envelope {
            id: self.id,
            seq: None,
            event_type: self.event_type(),
            workspace_id: self.workspace_id,
            account_id: self.account_id,
            occurred_at: self.occurred_at,
            data: &self.payload,
        };
        envelope.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'e> {
    id: EventId,
    seq: Option<u64>,
    #[serde(rename = "type")]
    event_type: PassingType,
    workspace_id: WorkspaceId,
    account_id: AccountId,
    occurred_at: Timestamp,
    data: &'e PassingPayload,
}

/// Which events a live listener wants: stored events and transient events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The filter for stored events; `None` if the listener named only transient types.
    stored: Option<Filter>,
    /// The types of transient events that the listener wants.
    passing: Vec<PassingType>,
    accounts: Option<Vec<AccountId>>,
}

/// A type or a group of types that a listener wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LivePattern {
    /// Matches stored events. A group also matches the transient events of the group. `*` also matches all transient
    /// events.
    Stored(TypePattern),
    /// Matches one type of transient events.
    Passing(PassingType),
}

impl FromStr for LivePattern {
    type Err = UnknownTypePattern;

    fn from_str(text: &str) -> Result<Self, UnknownTypePattern> {
        match PassingType::ALL.into_iter().find(|known| known.code() == text) {
            Some(passing) => Ok(Self::Passing(passing)),
            None => text.parse().map(Self::Stored),
        }
    }
}

impl fmt::Display for LivePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored(pattern) => pattern.fmt(f),
            Self::Passing(kind) => kind.fmt(f),
        }
    }
}

impl Serialize for LivePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl LivePattern {
    /// Every possible pattern.
    pub fn all() -> impl Iterator<Item = Self> {
        TypePattern::all().map(Self::Stored).chain(PassingType::ALL.into_iter().map(Self::Passing))
    }

    fn matches(self, kind: PassingType) -> bool {
        match self {
            Self::Stored(TypePattern::Every) => true,
            Self::Stored(TypePattern::Family(name)) => kind.code().split('.').next() == Some(name),
            Self::Stored(TypePattern::One(_)) => false,
            Self::Passing(one) => one == kind,
        }
    }
}

impl Selection {
    /// Selects the events that meet three conditions. The type matches one of `types`; an empty `types` selects all
    /// types. The account is one of `accounts`; `None` selects all accounts. If a stored event is in a chat, the chat
    /// has one of the types in `chat_types`.
    pub fn new(types: &[LivePattern], accounts: Option<Vec<AccountId>>, chat_types: Vec<ChatType>) -> Self {
        let is_wanted = |kind: &PassingType| types.is_empty() || types.iter().any(|one| one.matches(*kind));
        let passing = PassingType::ALL.into_iter().filter(is_wanted).collect();
        let stored: Vec<TypePattern> = types
            .iter()
            .filter_map(|one| match one {
                LivePattern::Stored(pattern) => Some(*pattern),
                LivePattern::Passing(_) => None,
            })
            .collect();
        let wants_stored = types.is_empty() || !stored.is_empty();
        let stored = wants_stored.then(|| Filter { types: stored, accounts: accounts.clone(), chat_types });
        Self { stored, passing, accounts }
    }

    /// Selects no event.
    pub const fn nothing() -> Self {
        Self { stored: None, passing: Vec::new(), accounts: None }
    }

    /// The filter for stored events; `None` if the listener wants no stored events.
    pub const fn stored(&self) -> Option<&Filter> {
        self.stored.as_ref()
    }

    /// The accounts that the listener named; empty if it wants all accounts.
    pub fn accounts(&self) -> &[AccountId] {
        self.accounts.as_deref().unwrap_or_default()
    }

    /// Whether the listener wants this stored event.
    pub fn passes(&self, event: &Event) -> bool {
        self.stored.as_ref().is_some_and(|filter| filter.passes(event))
    }

    /// Whether the listener wants this transient event.
    pub fn passes_now(&self, event: &Passing) -> bool {
        self.passing.contains(&event.event_type())
            && self.accounts.as_ref().is_none_or(|accounts| accounts.contains(&event.account_id))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn selected(types: &[&str]) -> (Option<usize>, Vec<&'static str>) {
        let types: Vec<LivePattern> = types.iter().map(|text| text.parse().unwrap()).collect();
        let selection = Selection::new(&types, None, Filter::CHAT_TYPES.to_vec());
        let passing = selection.passing.iter().map(|kind| kind.code()).collect();
        (selection.stored().map(|filter| filter.event_types().len()), passing)
    }

    #[test]
    fn a_wildcard_pattern_also_selects_transient_events() {
        let both = vec!["account.qr_code", "account.pairing_step"];
        let all = Filter::default().event_types().len();
        assert_eq!(selected(&[]), (Some(all), both.clone()));
        assert_eq!(selected(&["*"]), (Some(all), both.clone()));
        assert_eq!(selected(&["account.*"]).1, both);
        assert_eq!(selected(&["message.*"]).1, [] as [&str; 0]);
        assert_eq!(selected(&["account.status"]), (Some(1), Vec::new()));
        assert_eq!(selected(&["account.qr_code"]), (None, vec!["account.qr_code"]));
        assert!("account.qr_cod".parse::<LivePattern>().is_err());
        assert!("account.qr_code".parse::<TypePattern>().is_err());
    }

    #[test]
    fn each_pattern_is_read_back_as_it_is_written() {
        for pattern in LivePattern::all() {
            assert_eq!(pattern.to_string().parse(), Ok(pattern));
        }
    }

    #[test]
    fn a_transient_event_has_no_seq() {
        let now = Timestamp::UNIX_EPOCH;
        let (workspace, account) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let payload = PassingPayload::QrCode {
            qr_code: Secret::new("2@text".to_owned()),
            qr_code_expiry: now,
            refresh_at: now,
        };
        let event = Passing::of_account(workspace, account, payload, now, &mut rand::rng());
        let envelope: serde_json::Value = serde_json::to_value(&event).unwrap();
        assert_eq!(
            (&envelope["seq"], &envelope["type"]),
            (&serde_json::Value::Null, &"account.qr_code".into())
        );
        assert_eq!(envelope["data"]["qrCode"], "2@text");
        assert_eq!(envelope["data"]["refreshAt"], "1970-01-01T00:00:00Z");
        assert!(!format!("{event:?}").contains("2@text"));
        let elsewhere = Selection::new(&[], Some(vec![Uuid::from_u128(3).into()]), Vec::new());
        assert!(!elsewhere.passes_now(&event) && Selection::new(&[], None, Vec::new()).passes_now(&event));
    }
}
