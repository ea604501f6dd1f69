//! Profile pictures, which clients fetch as plain files.

use super::body::Problem;
use crate::world::World;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use std::sync::Arc;
use wacore_binary::Jid;

pub async fn show(
    State(world): State<Arc<World>>,
    Path((lid, id, kind)): Path<(String, String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let account = world.registry.by_jid(&Jid::lid(lid)).filter(|_| matches!(&*kind, "image" | "preview"));
    let picture = account
        .and_then(|account| account.lock().picture.clone())
        .filter(|picture| picture.id == id)
        .ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, "picture_not_found", "there is no such picture")
        })?;
    Ok(([(CONTENT_TYPE, picture.media_type())], picture.image))
}
