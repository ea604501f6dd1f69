//! Converts an entry to the columns of its row and back, and computes the `mac` of the columns. The encrypted details
//! are bound to their entry: they cannot be decrypted for another entry.

use linekeeper_model::Timestamp;
use linekeeper_model::audit::{Action, Actor, Details, Entry, NewEntry, Target, TargetKind};
use linekeeper_model::id::AuditEntryId;
use uuid::Uuid;

use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};
use crate::seal::{Cipher, Tag};

const DETAILS: &str = "audit.details";

/// The position of an audit entry in its chain, and the link to the previous entry.
pub(super) struct Link<'l> {
    /// The id of the chain's workspace; empty for the installation's chain.
    pub chain: &'l str,
    pub seq: i64,
    /// The `mac` of the previous entry.
    pub previous: [u8; 32],
}

/// The columns of an entry, without its chain and the previous `mac`.
pub(super) struct StoredEntry {
    pub seq: i64,
    id: String,
    at: i64,
    actor_kind: String,
    actor_id: Option<String>,
    action: String,
    target_kind: Option<String>,
    target_id: Option<String>,
    details: Vec<u8>,
}

/// The first entry of a chain has no previous entry. This value is used instead of the previous `mac`.
pub(super) fn genesis(cipher: &Cipher, chain: &str) -> [u8; 32] {
    cipher.mac("audit.chain", &[chain.as_bytes()])
}

impl StoredEntry {
    pub(super) fn of(new: &NewEntry, id: AuditEntryId, at: Timestamp, cipher: &Cipher) -> Self {
        let details = serde_json::to_vec(&new.details).expect("details are made of texts");
        Self {
            seq: 0,
            id: id.to_string(),
            at: millis(at),
            actor_kind: new.actor.kind().to_owned(),
            actor_id: new.actor.id().map(|id| id.to_string()),
            action: new.action.code().to_owned(),
            target_kind: new.target.map(|target| target.kind.code().to_owned()),
            target_id: new.target.map(|target| target.id.to_string()),
            details: cipher.seal(DETAILS, &row_tag(id), &details),
        }
    }

    pub(super) fn read(row: &Reader<'_>) -> Result<Self, StorageError> {
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            at: row.get("at")?,
            actor_kind: row.get("actor_kind")?,
            actor_id: row.get("actor_id")?,
            action: row.get("action")?,
            target_kind: row.get("target_kind")?,
            target_id: row.get("target_id")?,
            details: row.get("details")?,
        })
    }

    /// The MAC of all columns and of the link to the previous entry.
    pub(super) fn mac(&self, cipher: &Cipher, link: &Link<'_>) -> [u8; 32] {
        let absence =
            [&self.actor_id, &self.target_kind, &self.target_id].map(|text| u8::from(text.is_none()));
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        cipher.mac(
            "audit.entry",
            &[
                &link.previous,
                link.chain.as_bytes(),
                &link.seq.to_be_bytes(),
                self.id.as_bytes(),
                &self.at.to_be_bytes(),
                self.actor_kind.as_bytes(),
                self.action.as_bytes(),
                // A missing text must have a different MAC than an empty text.
                &absence,
                text(&self.actor_id).as_bytes(),
                text(&self.target_kind).as_bytes(),
                text(&self.target_id).as_bytes(),
                &self.details,
            ],
        )
    }

    pub(super) fn values<'s>(&'s self, link: &Link<'s>, mac: &'s [u8; 32]) -> [Value<'s>; 11] {
        [
            link.chain.into(),
            link.seq.into(),
            self.id.as_str().into(),
            self.at.into(),
            self.actor_kind.as_str().into(),
            self.actor_id.as_deref().into(),
            self.action.as_str().into(),
            self.target_kind.as_deref().into(),
            self.target_id.as_deref().into(),
            self.details.as_slice().into(),
            mac.as_slice().into(),
        ]
    }

    pub(super) fn entry(&self, cipher: &Cipher) -> Result<Entry, StorageError> {
        let unreadable = |cause: &'static str| StorageError::unreadable("audit entry", cause);
        let id: AuditEntryId =
            self.id.parse().map_err(|error| StorageError::unreadable("audit entry", error))?;
        let details = cipher.open(DETAILS, &row_tag(id), &self.details);
        let details = details.map_err(|error| StorageError::unreadable("audit entry", error))?;
        let details: Details = serde_json::from_slice(&details)
            .map_err(|error| StorageError::unreadable("audit entry", error))?;
        let actor = Actor::of(&self.actor_kind, uuid(self.actor_id.as_deref())?);
        let kind =
            self.target_kind.as_deref().map(|kind| TargetKind::of(kind).ok_or(unreadable("its target")));
        let target = kind.transpose()?.zip(uuid(self.target_id.as_deref())?);
        let action: Result<Action, _> = self.action.parse();
        Ok(Entry {
            id,
            seq: u64::try_from(self.seq).map_err(|_| unreadable("its place"))?,
            at: Timestamp::from_millisecond(self.at).map_err(|_| unreadable("its time"))?,
            actor: actor.ok_or_else(|| unreadable("its actor"))?,
            action: action.map_err(|_| unreadable("its action"))?,
            target: target.map(|(kind, id)| Target { kind, id }),
            details,
        })
    }
}

fn uuid(text: Option<&str>) -> Result<Option<Uuid>, StorageError> {
    let parsed = text.map(Uuid::parse_str).transpose();
    parsed.map_err(|error| StorageError::unreadable("audit entry", error))
}

/// The part of the associated data that binds the encrypted details to their audit entry.
const fn row_tag(id: AuditEntryId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}
