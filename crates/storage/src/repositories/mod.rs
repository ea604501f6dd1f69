//! One repository for each table or group of tables. A repository borrows a transaction and converts rows from and
//! to types of the model. It makes no decisions.

mod accounts;
mod analytics;
mod api_keys;
mod audit;
mod chats;
mod code;
mod contacts;
mod cursors;
mod deliveries;
mod events;
mod foreign_standings;
mod idempotency_keys;
mod invitations;
mod mail;
mod media;
mod members;
mod messages;
mod pairing_links;
mod password_resets;
mod pending_logouts;
mod pictures;
mod second_factors;
mod settings;
mod shares;
mod sign_ins;
mod told;
mod users;
mod webhooks;
mod workspaces;

pub use accounts::{AccountFilter, Accounts, Reach, RuntimeEpoch};
pub(crate) use accounts::{AccountName, open_phone, phone_tag, seal_failure};
pub use analytics::{Analytics, CountedFrom};
pub use api_keys::ApiKeys;
pub use audit::{Audit, AuditFilter, Chain, ChainFlaw, Flaw, Head, InvalidHead, NotedHead};
pub use chats::{Chats, ListedChat};
pub use contacts::{Candidates, Contacts};
pub use cursors::{Cursors, Hold};
pub use deliveries::{Deliveries, DeliveryFilter, WaitingLane};
pub use events::{EventFilter, Events, Extent, Interest};
pub use foreign_standings::{ForeignStanding, ForeignStandings};
pub use idempotency_keys::{Claim, IdempotencyKeys, KeyedRequest, Mark};
pub use invitations::{Invitation, Invitations};
pub use mail::{MailQueue, QueuedMail};
pub use media::{MediaDetail, MediaFiles, MediaRow, MediaSource, MediaUpload};
pub use members::Members;
pub use messages::{
    MessageFilter, MessageReceipt, MessageRow, Messages, PrunedMessages, QueueLine, WaitingMessage,
};
pub use pairing_links::{PairingLink, PairingLinks};
pub use password_resets::PasswordResets;
pub use pending_logouts::{PendingLogout, PendingLogouts};
pub use pictures::{Picture, Pictures};
pub use second_factors::{SecondFactor, SecondFactors};
pub use settings::Settings;
pub use shares::{Share, Shares};
pub use sign_ins::{Rotation, SignIn, SignIns};
pub use told::{Told, ToldAccounts};
pub use users::Users;
pub(crate) use users::sealed_email;
pub use webhooks::Webhooks;
pub use workspaces::Workspaces;
