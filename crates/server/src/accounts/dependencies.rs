//! What every actor is given.

use std::sync::Arc;

use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;

use crate::lifecycle::Lifecycle;
use crate::whatsapp::Connector;

/// Shared by all accounts.
pub struct Dependencies {
    /// Accounts and their sessions.
    pub storage: Storage,
    /// The way to WhatsApp.
    pub connector: Arc<Connector>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Tasks and their end.
    pub lifecycle: Lifecycle,
    /// Accounts that this deployment may hold.
    pub max_accounts: u32,
}
