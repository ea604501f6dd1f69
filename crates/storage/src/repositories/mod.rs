//! One repository per kind of row. Each borrows a transaction, speaks the model's types, and decides nothing.

mod accounts;
mod api_keys;
mod code;
mod cursors;
mod events;
mod pairing_links;
mod pictures;
mod settings;
mod sign_ins;
mod users;
mod workspaces;

pub use accounts::{AccountFilter, Accounts};
pub use api_keys::ApiKeys;
pub use cursors::Cursors;
pub use events::{EventFilter, Events, Extent};
pub use pairing_links::{PairingLink, PairingLinks};
pub use pictures::{Picture, Pictures};
pub use settings::Settings;
pub use sign_ins::{Rotation, SignIn, SignIns};
pub use users::Users;
pub use workspaces::Workspaces;
