//! One repository per kind of row. Each borrows a transaction, speaks the model's types, and decides nothing.

mod accounts;
mod api_keys;
mod audit;
mod code;
mod cursors;
mod events;
mod idempotency_keys;
mod mail;
mod members;
mod pairing_links;
mod pictures;
mod settings;
mod shares;
mod sign_ins;
mod told;
mod users;
mod workspaces;

pub(crate) use accounts::AccountName;
pub use accounts::{AccountFilter, Accounts, Reach};
pub use api_keys::ApiKeys;
pub use audit::{Audit, AuditFilter, Chain, ChainFlaw, Flaw, Head, InvalidHead, NotedHead};
pub use cursors::Cursors;
pub use events::{EventFilter, Events, Extent};
pub use idempotency_keys::{Claim, IdempotencyKeys, KeyedRequest, Mark};
pub use mail::{MailQueue, QueuedMail};
pub use members::Members;
pub use pairing_links::{PairingLink, PairingLinks};
pub use pictures::{Picture, Pictures};
pub use settings::Settings;
pub use shares::{Share, Shares};
pub use sign_ins::{Rotation, SignIn, SignIns};
pub use told::{Told, ToldAccounts};
pub use users::Users;
pub(crate) use users::sealed_email;
pub use workspaces::Workspaces;
