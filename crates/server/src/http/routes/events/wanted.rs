//! Which events a caller of `GET /api/v1/events` and of its stream asks for.

use std::fmt::Display;
use std::str::FromStr;

use linekeeper_model::event::{Filter, LivePattern, Selection, Seq, TypePattern};
use linekeeper_model::id::AccountId;
use linekeeper_model::message::ChatType;
use serde_json::Value;
use utoipa::IntoParams;

use crate::http::document::schema;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};

/// The default number of events on a page.
const DEFAULT_LIMIT: u32 = 100;
/// The maximum number of events on a page.
const MOST: u32 = 500;
/// The maximum number of seconds that a caller may wait.
const LONGEST_WAIT: u64 = 60;
/// The maximum number of accounts in one filter.
const MOST_ACCOUNTS: usize = 100;

/// Where to begin, and which events to return.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// Only events after this event number. Send the `nextCursor` of the previous answer. With 0, or without
    /// `after`, the list begins with the oldest event that the server keeps.
    #[param(required = false, value_type = String, pattern = "^[0-9]{1,18}$", example = "0")]
    pub(super) after: Seq,
    /// Only events of these types, separated by commas. `message.*` means every type that begins with `message.`, and
    /// `*` means every type.
    #[param(required = false, schema_with = schema::type_patterns)]
    types: Vec<TypePattern>,
    /// Only events about these accounts: at most 100 ids, separated by commas.
    #[param(required = false, value_type = Vec<uuid::Uuid>)]
    accounts: Option<Vec<AccountId>>,
    /// Only events about this account. Do not give both `accountId` and `accounts`.
    #[param(required = false, rename = "accountId", value_type = uuid::Uuid)]
    account_id: Option<AccountId>,
    /// Only events in chats of these types, separated by commas. The default is `direct,group`. Events without a chat
    /// are always included.
    #[param(required = false, rename = "chatTypes", schema_with = schema::chat_types)]
    chat_types: Vec<ChatType>,
    /// How many seconds the server waits for an event if there is none yet, from 0 to 60. The default is 0.
    #[param(required = false, minimum = 0, maximum = 60, example = 30)]
    pub(super) wait: u64,
    /// The maximum number of events on a page, from 1 to 500. The default is 100.
    #[param(required = false, minimum = 1, maximum = 500, example = 100)]
    pub(super) limit: u32,
}

impl Wanted {
    pub(super) fn filter(&self) -> Filter {
        let accounts = self.accounts.clone().or_else(|| self.account_id.map(|id| vec![id]));
        Filter { types: self.types.clone(), accounts, chat_types: self.chat_types.clone() }
    }
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let after = fields.optional("after", |value| {
            let invalid = || Fault::new("invalid", "must be the nextCursor of an earlier answer, or 0");
            text(value)?.parse().map_err(|_| invalid())
        });
        let types = fields.optional("types", |value| types(value, TypePattern::all()));
        let both = fields.has("accounts") && fields.has("accountId");
        let accounts = fields.optional("accounts", accounts);
        let account_id = fields.optional("accountId", parsed);
        if both {
            fields.fail("accountId", Fault::new("conflict", "must not be given together with accounts"));
        }
        let chat_types = fields.optional("chatTypes", chat_types);
        let wait = fields.optional("wait", |value| match text(value)?.parse() {
            Ok(wait) if wait <= LONGEST_WAIT => Ok(wait),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 0 to 60")),
        });
        let limit = fields.optional("limit", |value| match text(value)?.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 500")),
        });
        Some(Self {
            after: after?.unwrap_or(Seq::START),
            types: types?.unwrap_or_default(),
            accounts: accounts?,
            account_id: account_id?,
            chat_types: chat_types?.unwrap_or_else(|| Filter::CHAT_TYPES.to_vec()),
            wait: wait?.unwrap_or(0),
            limit: limit?.unwrap_or(DEFAULT_LIMIT),
        })
    }
}

/// Where a stream begins, and which events it sends.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Followed {
    /// Only events after this event number. With 0, the stream begins with the oldest event that the server keeps.
    /// Without `after`, it begins with the next event.
    #[param(required = false, value_type = String, pattern = "^[0-9]{1,18}$", example = "0")]
    pub(super) after: Option<Seq>,
    /// Only events of these types, separated by commas. `message.*` means every type that begins with `message.`, and
    /// `*` means every type.
    #[param(required = false, schema_with = schema::live_type_patterns)]
    types: Vec<LivePattern>,
    /// Only events about these accounts: at most 100 ids, separated by commas.
    #[param(required = false, value_type = Vec<uuid::Uuid>)]
    accounts: Option<Vec<AccountId>>,
    /// Only events in chats of these types, separated by commas. The default is `direct,group`. Events without a chat
    /// are always included.
    #[param(required = false, rename = "chatTypes", schema_with = schema::chat_types)]
    chat_types: Vec<ChatType>,
}

impl Followed {
    pub(super) fn selection(&self) -> Selection {
        Selection::new(&self.types, self.accounts.clone(), self.chat_types.clone())
    }
}

impl FromFields for Followed {
    fn read(fields: &mut Fields) -> Option<Self> {
        let after = fields.optional("after", |value| {
            place(&text(value)?).ok_or_else(|| Fault::new("invalid", "must be the id of an event, or 0"))
        });
        let types = fields.optional("types", |value| types(value, LivePattern::all()));
        let accounts = fields.optional("accounts", accounts);
        let chat_types = fields.optional("chatTypes", chat_types);
        Some(Self {
            after: after?,
            types: types?.unwrap_or_default(),
            accounts: accounts?,
            chat_types: chat_types?.unwrap_or_else(|| Filter::CHAT_TYPES.to_vec()),
        })
    }
}

/// Reads an event number. Returns `None` if the text is not an event number.
pub(super) fn place(text: &str) -> Option<Seq> {
    Seq::sent(text.parse().ok()?)
}

/// Reads a list of event types. An unknown type is refused, because a caller who misspelt a type would wait for
/// its events in vain.
fn types<T>(value: Value, known: impl Iterator<Item = T>) -> Result<Vec<T>, Fault>
where
    T: FromStr + PartialEq + Display,
{
    list(value, |name| name.parse().ok()).map_err(|fault| fault.unwrap_or_else(|| one_of(known)))
}

fn accounts(value: Value) -> Result<Vec<AccountId>, Fault> {
    let invalid = || Fault::new("invalid", "must be UUIDs, separated by commas");
    let accounts = list(value, |id| id.parse().ok()).map_err(|fault| fault.unwrap_or_else(invalid))?;
    match accounts.len() {
        0 => Err(Fault::new("invalid", "must name an account; leave it out for all accounts")),
        1..=MOST_ACCOUNTS => Ok(accounts),
        _ => Err(Fault::new("too_many", "must be at most 100 accounts")),
    }
}

fn chat_types(value: Value) -> Result<Vec<ChatType>, Fault> {
    let named = |name: &str| serde_json::from_value(name.into()).ok();
    let known = || one_of(ChatType::ALL.iter().map(|kind| kind.code()));
    let kinds = list(value, named).map_err(|fault| fault.unwrap_or_else(known))?;
    if kinds.is_empty() { Err(known()) } else { Ok(kinds) }
}

/// Reads a list that is separated by commas, and leaves out duplicates. If `read` does not understand an element, the
/// error is `None`, and the caller of this function chooses the error message.
fn list<T: PartialEq>(value: Value, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Option<Fault>> {
    let mut elements = Vec::new();
    for name in text(value)?.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let element = read(name).ok_or(None)?;
        if !elements.contains(&element) {
            elements.push(element);
        }
    }
    Ok(elements)
}

fn one_of(known: impl Iterator<Item = impl Display>) -> Fault {
    let known: Vec<String> = known.map(|name| name.to_string()).collect();
    Fault::new("invalid", format!("must be of {}, separated by commas", known.join(", ")))
}
