//! The admin routes by which phones send and read messages.

use super::body::{Body, Problem};
use crate::content::{Attached, Content, Draft, Text};
use crate::control::{ControlError, Phones, ReceiptKind};
use crate::world::World;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The maximum size of a message's body, in bytes: a file of 100 MB in base64.
pub const BIGGEST_BODY: usize = 140 << 20;

/// A message to send. In JSON it is `{ to, type, count?, id?, .. }`, and the field that has the name of the type
/// contains the content. For a text, `{ to, text, count? }` is enough.
pub struct Outgoing {
    to: Option<String>,
    count: Option<u32>,
    draft: Draft,
}

impl Outgoing {
    fn read(mut body: Map<String, Value>) -> Result<Self, ControlError> {
        let to: Option<String> = field(&mut body, "to")?;
        let count = field(&mut body, "count")?;
        let id: Option<String> = field(&mut body, "id")?;
        let kind: Option<String> = field(&mut body, "type")?;
        let kind = kind.unwrap_or_else(|| "text".to_owned());
        let content = match body.remove(&kind) {
            Some(Value::String(body)) if kind == "text" => Content::Text(Text { body, link_preview: None }),
            Some(object) => Content::parse(&kind, object)?,
            // The field with the content is missing. If the type is unknown, report the unknown type instead, because
            // it is the cause.
            None => match Content::parse(&kind, Value::Null) {
                Err(error) if error.field == "type" => return Err(error.into()),
                _ => return Err(ControlError::field(kind, "is missing")),
            },
        };
        if to.is_none() && !content.changes_another() {
            return Err(ControlError::field("to", "is missing"));
        }
        if id.as_deref().is_some_and(str::is_empty) {
            return Err(ControlError::field("id", "must not be empty"));
        }
        // All remaining fields must belong to [`Attached`]. Unknown fields are refused.
        let attached = serde_json::from_value::<Attached>(Value::Object(body))
            .map_err(|error| ControlError::field("body", error.to_string()))?;
        Ok(Self { to, count, draft: Draft { content, attached, id } })
    }
}

fn field<T: serde::de::DeserializeOwned>(
    body: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<T>, ControlError> {
    let value = body.remove(name).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| ControlError::field(name, error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipts {
    chat: String,
    ids: Vec<String>,
    #[serde(rename = "type")]
    kind: ReceiptKind,
}

#[derive(Deserialize)]
pub struct After {
    #[serde(default)]
    after: u64,
}

pub async fn send(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(body): Body<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let Outgoing { to, count, draft } = Outgoing::read(body)?;
    let (phones, to) = (Phones::new(world), to.as_deref());
    let sent = match count {
        None => vec![phones.send(&number, to, draft).await?],
        Some(count) => phones.send_many(&number, to, draft, count).await?,
    };
    Ok(Json(json!({ "messages": sent })))
}

pub async fn inbox(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    after: Result<Query<After>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(After { after }) = after.map_err(|_| Problem::field("after", "must be an index"))?;
    let data = Phones::new(world).inbox(&number, after)?;
    let next = data.last().map_or(after, |message| message.index);
    Ok(Json(json!({ "data": data, "next": next })))
}

pub async fn receipts(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(Receipts { chat, ids, kind }): Body<Receipts>,
) -> Result<StatusCode, Problem> {
    Phones::new(world).send_receipt(&number, &chat, ids, kind)?;
    Ok(StatusCode::NO_CONTENT)
}
