//! What phones write and read.

use super::body::{Body, Problem};
use crate::control::{ControlError, Phones, ReceiptKind};
use crate::world::World;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Text is what phones can send so far; the other kinds are named, to be refused by name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    to: String,
    text: Option<String>,
    count: Option<u32>,
    media: Option<Value>,
    reaction: Option<Value>,
    edit: Option<Value>,
    revoke: Option<Value>,
    poll: Option<Value>,
    location: Option<Value>,
    contact: Option<Value>,
}

impl Message {
    fn text(&self) -> Result<&str, ControlError> {
        let unsupported = [
            ("media", &self.media),
            ("reaction", &self.reaction),
            ("edit", &self.edit),
            ("revoke", &self.revoke),
            ("poll", &self.poll),
            ("location", &self.location),
            ("contact", &self.contact),
        ];
        if let Some((field, _)) = unsupported.into_iter().find(|(_, value)| value.is_some()) {
            return Err(ControlError::field(field, "is not simulated yet: phones send text only"));
        }
        self.text.as_deref().ok_or_else(|| ControlError::field("text", "is missing"))
    }
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
    Body(message): Body<Message>,
) -> Result<Json<Value>, Problem> {
    let (phones, text) = (Phones::new(world), message.text()?);
    let sent = match message.count {
        None => vec![phones.send_text(&number, &message.to, text).await?],
        Some(count) => phones.send_texts(&number, &message.to, text, count).await?,
    };
    Ok(Json(json!({ "messages": sent })))
}

pub async fn inbox(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    after: Result<Query<After>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(After { after }) = after.map_err(|_| Problem::field("after", "must be a sequence number"))?;
    Ok(Json(json!({ "messages": Phones::new(world).inbox(&number, after)? })))
}

pub async fn receipts(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(Receipts { chat, ids, kind }): Body<Receipts>,
) -> Result<StatusCode, Problem> {
    Phones::new(world).send_receipt(&number, &chat, ids, kind)?;
    Ok(StatusCode::NO_CONTENT)
}
