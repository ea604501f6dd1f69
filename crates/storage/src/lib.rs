//! The only crate of linekeeper that uses SQL and encrypts stored data. It has the product's tables, and the vault
//! with the WhatsApp session of each account. Code for HTTP, actors and the WhatsApp client does not belong here.

#![forbid(unsafe_code)]

mod account_key;
mod credential;
mod db;
mod dump;
mod error;
mod group;
mod key_rotation;
mod migrations;
mod observer;
mod repositories;
mod seal;
pub mod session;
mod storage;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod vault;

pub use account_key::AccountKey;
pub use credential::{KeyHash, LinkHash, PasswordHash, RecoveryCodeHash, TokenHash};
pub use db::{Connections, is_postgres_url};
pub use dump::{About, DumpError, Manifest, RestoreError, TableManifest, restore};
pub use error::{Conflict, OpenError, StorageError};
pub use group::{GroupWriter, Written};
pub use key_rotation::{KeyRotation, RotationError, RotationStep};
pub use observer::{Access, Observer, Unobserved, VaultOperation};
pub use repositories::{
    AccountFilter, Accounts, Analytics, ApiKeys, Audit, AuditFilter, Candidates, Chain, ChainFlaw, Chats,
    Claim, Contacts, CountedFrom, Cursors, Deliveries, DeliveryFilter, EventFilter, Events, Extent, Flaw,
    ForeignStanding, ForeignStandings, Head, Hold, IdempotencyKeys, Interest, InvalidHead, Invitation,
    Invitations, KeyedRequest, ListedChat, MailQueue, Mark, MediaDetail, MediaFiles, MediaRow, MediaSource,
    MediaUpload, Members, MessageFilter, MessageReceipt, MessageRow, Messages, NotedHead, PairingLink,
    PairingLinks, PasswordResets, PendingLogout, PendingLogouts, Picture, Pictures, PrunedMessages,
    QueueLine, QueuedMail, Reach, Rotation, RuntimeEpoch, SecondFactor, SecondFactors, Settings, Share,
    Shares, SignIn, SignIns, Told, ToldAccounts, Users, WaitingLane, WaitingMessage, Webhooks, Workspaces,
};
pub use seal::{
    AlteredFile, FileKey, Fingerprint, KeyFiles, KeyRing, MasterKey, MasterKeyError, PIECE, Pieces,
    StreamError,
};
pub use session::{AskedAgain, InboundKey, LostInbound, SentMessages, SessionStore};
pub use storage::{Database, Storage, StorageOptions};
pub use tx::Tx;
pub use vault::{Fault, KeyUse, Vault, VaultError};
