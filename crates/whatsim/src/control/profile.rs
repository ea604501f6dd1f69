//! The name and the picture of a phone.

use super::phones::check_name;
use super::{ControlError, Phones};
use crate::acts::rename;
use crate::stanza::picture;
use crate::world::{Account, World};
use bytes::Bytes;
use serde::Serialize;

/// The maximum size of a picture, in bytes.
const BIGGEST_PICTURE: usize = 1 << 20;

/// What happens to the picture when a profile is changed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum PictureChange {
    /// The picture stays.
    #[default]
    Keep,
    /// The picture is removed.
    Remove,
    /// The file replaces the picture. The simulator recognises JPEG and PNG.
    Set(Vec<u8>),
}

/// Changes to a profile.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ProfileChange {
    /// The new push name. `None` leaves the name unchanged.
    pub name: Option<String>,
    /// What happens to the picture.
    pub picture: PictureChange,
}

/// Where a picture is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PictureState {
    /// The id by which clients know the picture.
    pub id: String,
    /// The URL of the picture's file on this server.
    pub url: String,
    /// The picture's size in bytes.
    pub bytes: usize,
}

/// A profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileState {
    /// The push name.
    pub name: String,
    /// The text in which the person describes themself.
    pub about: String,
    /// The picture, if there is one.
    pub picture: Option<PictureState>,
}

impl ProfileState {
    fn of(world: &World, account: &Account) -> Self {
        let state = account.lock();
        let picture = state.picture.as_ref().map(|picture| PictureState {
            id: picture.id.clone(),
            url: format!("{}{}", world.base_url, picture::path(account, picture, "image")),
            bytes: picture.image.len(),
        });
        Self { name: state.name.clone(), about: state.about.clone(), picture }
    }
}

impl Phones {
    /// The name, the about text and the picture of a phone.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn profile(&self, number: &str) -> Result<ProfileState, ControlError> {
        Ok(ProfileState::of(&self.world, &*self.account(number)?))
    }

    /// Changes the name or the picture on the phone. Its linked devices learn the name from app state, and the picture
    /// from a notification. Devices that asked for the account's device list also get this notification.
    ///
    /// # Errors
    /// When there is no such phone, the phone is offline, or the name or the picture is invalid.
    pub fn change_profile(&self, number: &str, change: ProfileChange) -> Result<ProfileState, ControlError> {
        let account = self.awake(number)?;
        if let Some(name) = &change.name {
            check_name(name)?;
        }
        let image = match change.picture {
            PictureChange::Keep => None,
            PictureChange::Remove => Some(None),
            PictureChange::Set(image) if (1..=BIGGEST_PICTURE).contains(&image.len()) => {
                Some(Some(Bytes::from(image)))
            }
            PictureChange::Set(_) => {
                let reason = format!("must have 1 to {BIGGEST_PICTURE} bytes");
                return Err(ControlError::field("picture", reason));
            }
        };
        if let Some(name) = &change.name {
            rename(&self.world, &account, name);
        }
        if let Some(image) = image {
            picture::replace(&self.world, &account, image);
        }
        Ok(ProfileState::of(&self.world, &account))
    }
}
