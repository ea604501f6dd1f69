//! Transient events: they are not stored, so they have no place in the log, and only live listeners get them.

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

/// The types of transient events. Types are dotted lower case and are never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassingType {
    /// The QR code to show now.
    AccountQrCode,
    /// How far a pairing is.
    AccountPairingStep,
}

impl PassingType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::AccountQrCode, Self::AccountPairingStep];

    /// The text that other programs know it by.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AccountQrCode => "account.qr_code",
            Self::AccountPairingStep => "account.pairing_step",
        }
    }

    /// What a listener must be allowed to do. Anybody who has the QR code can link the account.
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
    /// WhatsApp's first code.
    Opening,
    /// A phone that scans the QR code.
    Qr,
    /// The code, to be typed on the phone.
    PairingCode,
    /// The account's passkey.
    Passkey,
    /// A person who compares the codes.
    PasskeyConfirmation,
    /// The first login.
    Linking,
    /// Nothing: nobody scanned in time.
    Expired,
    /// Nothing: the account is linked.
    Connected,
    /// Nothing: the pairing was given up.
    Ended,
}

/// The data of a transient event. In JSON it is `data` of the envelope.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum PassingPayload {
    /// The QR code to show now.
    QrCode {
        /// The text to encode as a QR code.
        #[serde(serialize_with = "shown")]
        qr_code: Secret<String>,
        /// The end of the window. No code of this pairing works after it.
        qr_code_expiry: Timestamp,
        /// When the next code replaces this one.
        refresh_at: Timestamp,
    },
    /// How far a pairing is.
    PairingStep {
        /// What the pairing waits for.
        step: PairingStep,
        /// When the shown code stops working.
        expires_at: Option<Timestamp>,
    },
}

/// Only an envelope for a permitted listener is serialized, so the secret may be shown.
fn shown<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// A transient event with its envelope, in which `seq` is null.
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

/// Serialises to the envelope of events.
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

/// What a live listener asks for: stored events and transient events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The filter for stored events; `None` if the listener named only transient types.
    stored: Option<Filter>,
    /// The wanted types of transient events.
    passing: Vec<PassingType>,
    accounts: Option<Vec<AccountId>>,
}

/// One of the types that a listener asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LivePattern {
    /// Stored events and, if it is a family, also transient events of that family.
    Stored(TypePattern),
    /// One type of transient events.
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
    /// Every pattern that exists.
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
    /// A listener for events whose type matches one of `types` (or all types if empty), about these accounts (or
    /// all), in chats of these types.
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

    /// No event at all.
    pub const fn nothing() -> Self {
        Self { stored: None, passing: Vec::new(), accounts: None }
    }

    /// The filter for stored events, if any are wanted.
    pub const fn stored(&self) -> Option<&Filter> {
        self.stored.as_ref()
    }

    /// The accounts that the listener named.
    pub fn accounts(&self) -> &[AccountId] {
        self.accounts.as_deref().unwrap_or_default()
    }

    /// Whether a stored event is wanted.
    pub fn passes(&self, event: &Event) -> bool {
        self.stored.as_ref().is_some_and(|filter| filter.passes(event))
    }

    /// Whether a transient event is wanted.
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
    fn a_group_pattern_also_selects_events_that_are_not_stored() {
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
    fn an_event_that_is_not_stored_has_no_seq() {
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
