//! Converts an account to the columns of its row and back.

use linekeeper_model::account::{Account, DeviceProfile, Metadata, Pacing, Tags};
use linekeeper_model::failure::Failure;
use linekeeper_model::id::AccountId;
use linekeeper_model::limits::{DailyLimit, Usage};
use linekeeper_model::phone::{Identity, Lid, PhoneNumber};
use linekeeper_model::proxy::ProxyUrl;
use linekeeper_model::status::{Reason, Status};
use serde_json::json;

use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis, text};
use crate::seal::{Cipher, Tag};

const PHONE: &str = "account.phone";
const LID: &str = "account.lid";
const PROXY: &str = "account.proxy";
const METADATA: &str = "account.metadata";
const FAILURE: &str = "account.failure";

/// One of the names of an account. It may be the name of a person, so it is stored encrypted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AccountName {
    /// The name that the operator gave the account.
    Display,
    /// The name that the account has at WhatsApp.
    Push,
}

impl AccountName {
    /// Encrypts the name for the row of the account.
    pub(crate) fn seal(self, cipher: &Cipher, row: &Tag, name: &str) -> Vec<u8> {
        cipher.seal(self.kind(), row, name.as_bytes())
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Display => "account.display_name",
            Self::Push => "account.push_name",
        }
    }
}

/// The encrypted columns. They must live as long as the statement that uses them.
pub(super) struct Sealed {
    id: String,
    workspace: String,
    user: String,
    kind: String,
    display_name: Vec<u8>,
    push_name: Option<Vec<u8>>,
    desired: String,
    phone_tag: Option<Tag>,
    phone: Option<Vec<u8>>,
    lid: Option<Vec<u8>>,
    device_icon: String,
    proxy: Option<Vec<u8>>,
    tags: String,
    metadata: Option<Vec<u8>>,
    pacing: Option<String>,
    failure: Option<Vec<u8>>,
    restriction: String,
}

impl Sealed {
    pub(super) fn of(account: &Account, cipher: &Cipher) -> Self {
        let Identity { phone, lid } = &account.identity;
        let row = row_tag(account.id);
        let metadata = Some(account.metadata.entries()).filter(|entries| !entries.is_empty());
        Self {
            id: account.id.to_string(),
            workspace: account.workspace_id.to_string(),
            user: account.user_id.to_string(),
            kind: text(account.kind),
            display_name: AccountName::Display.seal(cipher, &row, account.display_name.as_str()),
            push_name: account.push_name.as_ref().map(|name| AccountName::Push.seal(cipher, &row, name)),
            desired: text(account.desired),
            phone_tag: phone.as_ref().map(|phone| phone_tag(cipher, phone)),
            phone: phone.as_ref().map(|phone| cipher.seal(PHONE, &row, phone.digits().as_bytes())),
            lid: lid.as_ref().map(|Lid(lid)| cipher.seal(LID, &row, lid.as_bytes())),
            device_icon: text(account.device.icon),
            proxy: account.proxy.as_ref().map(|proxy| seal_proxy(cipher, &row, proxy)),
            tags: json!(account.tags.iter().collect::<Vec<_>>()).to_string(),
            metadata: metadata
                .map(|entries| cipher.seal(METADATA, &row, json!(entries).to_string().as_bytes())),
            pacing: (account.pacing != Pacing::default()).then(|| json!(account.pacing).to_string()),
            failure: account.status.failure.map(|failure| seal_failure(cipher, account.id, failure)),
            restriction: json!(account.restriction).to_string(),
        }
    }

    /// The id, and then the columns with the operator's settings.
    pub(super) fn settings<'s>(&'s self, account: &'s Account) -> Vec<Value<'s>> {
        vec![
            self.id.as_str().into(),
            self.display_name.as_slice().into(),
            i64::from(account.daily_limit.get()).into(),
            account.device.name.as_str().into(),
            self.device_icon.as_str().into(),
            self.proxy.as_deref().into(),
            self.tags.as_str().into(),
            self.metadata.as_deref().into(),
            self.pacing.as_deref().into(),
            millis(account.updated_at).into(),
        ]
    }

    /// The id, and then the columns that the account's actor writes.
    pub(super) fn runtime<'s>(&'s self, account: &'s Account) -> Vec<Value<'s>> {
        let status = &account.status;
        vec![
            self.id.as_str().into(),
            self.phone_tag.as_ref().map(|tag| tag.as_bytes()).into(),
            self.phone.as_deref().into(),
            self.lid.as_deref().into(),
            self.push_name.as_deref().into(),
            self.desired.as_str().into(),
            i64::from(account.linked).into(),
            status.reason.code().into(),
            self.failure.as_deref().into(),
            millis(status.since).into(),
            status.next_retry_at.map(millis).into(),
            i64::from(status.attempt).into(),
            account.picture_id.as_deref().into(),
            self.restriction.as_str().into(),
            account.phone_seen_at.map(millis).into(),
            account.last_connected_at.map(millis).into(),
            account.last_disconnected_at.map(millis).into(),
            millis(account.updated_at).into(),
        ]
    }

    /// The columns that never change.
    pub(super) fn fixed<'s>(&'s self, account: &Account) -> [Value<'s>; 5] {
        [
            self.workspace.as_str().into(),
            self.user.as_str().into(),
            self.kind.as_str().into(),
            millis(account.created_at).into(),
            i64::from(account.number_given).into(),
        ]
    }
}

/// A keyed hash of a phone number, by which rows are found. It is the same for all national spellings of the
/// number.
pub(crate) fn phone_tag(cipher: &Cipher, phone: &PhoneNumber) -> Tag {
    cipher.tag(PHONE, &[phone.key().as_bytes()])
}

/// Decrypts the phone number in an account's row.
pub(crate) fn open_phone(cipher: &Cipher, id: AccountId, record: &[u8]) -> Result<PhoneNumber, StorageError> {
    let unreadable = |error: &dyn std::fmt::Display| StorageError::unreadable("phone", error.to_string());
    let digits = cipher.open(PHONE, &row_tag(id), record).map_err(|error| unreadable(&error))?;
    let digits = String::from_utf8(digits).map_err(|error| unreadable(&error))?;
    PhoneNumber::from_digits(&digits).map_err(|error| unreadable(&error))
}

/// The part of the associated data that binds an encrypted value to its account, so that nobody can copy the value
/// into the row of another account.
const fn row_tag(id: AccountId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}

pub(super) fn account(row: &Reader<'_>, cipher: &Cipher) -> Result<Account, StorageError> {
    let id: AccountId = row.parse("id")?;
    let phone = row.get::<Option<Vec<u8>>>("phone")?;
    let phone = phone.map(|record| open_phone(cipher, id, &record)).transpose()?;
    let display_name = open(row, cipher, "display_name", AccountName::Display.kind(), id)?;
    let display_name =
        display_name.ok_or_else(|| StorageError::unreadable("display_name", "it is missing"))?;
    let limit = DailyLimit::new(row.count("daily_limit")?);
    let usage = Usage { sent: row.count("usage_sent")?, received: row.count("usage_received")? };
    Ok(Account {
        id,
        workspace_id: row.parse("workspace_id")?,
        user_id: row.parse("user_id")?,
        kind: row.code("kind")?,
        display_name: display_name.into(),
        identity: Identity { phone, lid: open(row, cipher, "lid", LID, id)?.map(Lid) },
        number_given: row.get::<i64>("number_given")? != 0,
        push_name: open(row, cipher, "push_name", AccountName::Push.kind(), id)?,
        desired: row.code("desired")?,
        linked: row.get::<i64>("linked")? != 0,
        status: status(row, cipher, id)?,
        daily_limit: limit.map_err(|error| StorageError::unreadable("daily_limit", error))?,
        usage,
        device: DeviceProfile {
            name: row.get::<String>("device_name")?.into(),
            icon: row.code("device_icon")?,
        },
        proxy: proxy(row, cipher, id)?,
        tags: Tags::stored(row.json::<Vec<String>>("tags")?),
        metadata: metadata(row, cipher, id)?,
        pacing: pacing(row)?,
        picture_id: row.get("picture_id")?,
        restriction: row.json("restriction")?,
        phone_seen_at: row.optional_time("phone_seen_at")?,
        last_connected_at: row.optional_time("last_connected_at")?,
        last_disconnected_at: row.optional_time("last_disconnected_at")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn seal_proxy(cipher: &Cipher, row: &Tag, proxy: &ProxyUrl) -> Vec<u8> {
    cipher.seal(PROXY, row, proxy.expose().expose().as_bytes())
}

fn proxy(row: &Reader<'_>, cipher: &Cipher, id: AccountId) -> Result<Option<ProxyUrl>, StorageError> {
    let url = open(row, cipher, "proxy", PROXY, id)?;
    url.map(|url| url.parse()).transpose().map_err(|error| StorageError::unreadable("proxy", error))
}

fn metadata(row: &Reader<'_>, cipher: &Cipher, id: AccountId) -> Result<Metadata, StorageError> {
    let Some(text) = open(row, cipher, "metadata", METADATA, id)? else {
        return Ok(Metadata::default());
    };
    let entries = serde_json::from_str(&text).map_err(|error| StorageError::unreadable("metadata", error))?;
    Metadata::new(entries).map_err(|error| StorageError::unreadable("metadata", error))
}

fn pacing(row: &Reader<'_>) -> Result<Pacing, StorageError> {
    let text: Option<String> = row.get("pacing")?;
    let pacing = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(pacing.map_err(|error| StorageError::unreadable("pacing", error))?.unwrap_or_default())
}

/// Encrypts a failure, because it may contain a phone number.
pub(crate) fn seal_failure(cipher: &Cipher, id: AccountId, failure: Failure) -> Vec<u8> {
    cipher.seal(FAILURE, &row_tag(id), json!(failure).to_string().as_bytes())
}

/// Reads the status. Its state, sentence and action follow from the failure or, if there is none, from the reason.
fn status(row: &Reader<'_>, cipher: &Cipher, id: AccountId) -> Result<Status, StorageError> {
    let (reason, since): (Reason, _) = (row.code("status_reason")?, row.time("status_since")?);
    let failure = open(row, cipher, "failure", FAILURE, id)?;
    let failure = failure.map(|text| serde_json::from_str::<Failure>(&text)).transpose();
    let failure = failure.map_err(|error| StorageError::unreadable("failure", error))?;
    let status = match failure.filter(|failure| failure.reason() == reason) {
        Some(failure) => Status::of_failure(failure, since),
        None => Status::of(reason, since),
    };
    Ok(Status {
        next_retry_at: row.optional_time("status_next_retry_at")?,
        attempt: row.count("status_attempt")?,
        ..status
    })
}

fn open(
    row: &Reader<'_>,
    cipher: &Cipher,
    column: &'static str,
    kind: &str,
    id: AccountId,
) -> Result<Option<String>, StorageError> {
    let Some(record) = row.get::<Option<Vec<u8>>>(column)? else {
        return Ok(None);
    };
    let opened = cipher.open(kind, &row_tag(id), &record);
    let opened = opened.map_err(|error| StorageError::unreadable(column, error))?;
    String::from_utf8(opened).map(Some).map_err(|error| StorageError::unreadable(column, error))
}
