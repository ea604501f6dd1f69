//! `/admin/phones/{number}/profile`: name and picture.

use super::body::{Body, Problem};
use crate::control::{ControlError, Phones, PictureChange, ProfileChange, ProfileState};
use crate::world::World;
use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// The changes to a phone's profile. A picture of `null` removes the picture. If the field is missing, the picture
/// stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    picture: Option<Option<String>>,
}

impl Request {
    fn into_change(self) -> Result<ProfileChange, ControlError> {
        let picture = match self.picture {
            None => PictureChange::Keep,
            Some(None) => PictureChange::Remove,
            Some(Some(text)) => PictureChange::Set(
                BASE64_STANDARD
                    .decode(text)
                    .map_err(|error| ControlError::field("picture", format!("is not base64: {error}")))?,
            ),
        };
        Ok(ProfileChange { name: self.name, picture })
    }
}

pub async fn show(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
) -> Result<Json<ProfileState>, Problem> {
    Ok(Json(Phones::new(world).profile(&number)?))
}

pub async fn change(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    Body(request): Body<Request>,
) -> Result<Json<ProfileState>, Problem> {
    Ok(Json(Phones::new(world).change_profile(&number, request.into_change()?)?))
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
