//! A transaction, which repositories borrow. The code that began it must commit it. If it is dropped, it is rolled
//! back.

use std::sync::Arc;
use std::time::Instant;

use linekeeper_model::clock::Clock;

use crate::account_key::AccountKey;
use crate::db::{Connection, Transaction};
use crate::error::StorageError;
use crate::observer::Observer;
use crate::repositories::{
    Accounts, Analytics, ApiKeys, Audit, Chats, Contacts, Cursors, Deliveries, Events, ForeignStandings,
    IdempotencyKeys, Invitations, MailQueue, MediaFiles, Members, Messages, PairingLinks, PasswordResets,
    PendingLogouts, Pictures, SecondFactors, Settings, Shares, SignIns, ToldAccounts, Users, Webhooks,
    Workspaces,
};
use crate::seal::Cipher;

/// A transaction on the product's tables. It can write, or it only reads from a snapshot.
pub struct Tx {
    transaction: Transaction,
    context: Arc<Context>,
    writes: bool,
    /// The number of events that the transaction has appended.
    appended: u64,
}

/// What repositories need in addition to a connection.
pub(crate) struct Context {
    pub(crate) clock: Arc<dyn Clock>,
    /// Encrypts values of the product's tables with the installation's data key.
    pub(crate) cipher: Cipher,
    /// Gets the durations of operations.
    pub(crate) observer: Arc<dyn Observer>,
}

/// The part of a transaction that a repository borrows.
pub(crate) struct Scope<'t> {
    pub(crate) connection: Connection<'t>,
    pub(crate) context: &'t Context,
    /// False if the transaction only reads.
    pub(crate) writes: bool,
    /// Counts the events that the transaction has appended.
    pub(crate) appended: &'t mut u64,
}

macro_rules! repositories {
    ($($(#[$doc:meta])* $method:ident -> $repository:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub fn $method(&mut self) -> $repository<'_> {
            $repository(self.scope())
        }
    )+};
}

impl Tx {
    pub(crate) const fn new(transaction: Transaction, context: Arc<Context>, writes: bool) -> Self {
        Self { transaction, context, writes, appended: 0 }
    }

    /// Commits the transaction. After that, all its changes are on disk.
    pub async fn commit(self) -> Result<(), StorageError> {
        let began = Instant::now();
        self.transaction.commit().await?;
        if self.appended > 0 {
            self.context.observer.events_committed(self.appended, began.elapsed());
        }
        Ok(())
    }

    /// Executes a statement that controls the transaction, such as a savepoint.
    pub(crate) async fn statement(&mut self, sql: &'static str) -> Result<(), StorageError> {
        self.transaction.connection().execute(sql, &[]).await?;
        Ok(())
    }

    /// The contacts of one account.
    pub fn contacts<'t>(&'t mut self, key: &'t AccountKey) -> Contacts<'t> {
        Contacts(self.scope(), key)
    }

    /// The chats of one account.
    pub fn chats<'t>(&'t mut self, key: &'t AccountKey) -> Chats<'t> {
        Chats(self.scope(), key)
    }

    /// The messages of one account.
    pub fn messages<'t>(&'t mut self, key: &'t AccountKey) -> Messages<'t> {
        Messages(self.scope(), key)
    }

    /// The files of one account's messages.
    pub fn media<'t>(&'t mut self, key: &'t AccountKey) -> MediaFiles<'t> {
        MediaFiles(self.scope(), key)
    }

    pub(crate) fn scope(&mut self) -> Scope<'_> {
        Scope {
            connection: self.transaction.connection(),
            context: &self.context,
            writes: self.writes,
            appended: &mut self.appended,
        }
    }

    repositories! {
        /// Workspaces.
        workspaces -> Workspaces,
        /// Users.
        users -> Users,
        /// The members of workspaces.
        members -> Members,
        /// For each user of the CRM: when the user's role last changed, and when the newest token was issued.
        foreign_standings -> ForeignStandings,
        /// Invitations to workspaces.
        invitations -> Invitations,
        /// Links for setting a new password.
        password_resets -> PasswordResets,
        /// Authenticators and recovery codes.
        second_factors -> SecondFactors,
        /// API keys.
        api_keys -> ApiKeys,
        /// Sign-ins with their refresh tokens.
        sign_ins -> SignIns,
        /// The audit log: chains of entries about who did what.
        audit -> Audit,
        /// The WhatsApp accounts that linekeeper manages.
        accounts -> Accounts,
        /// Which accounts are shared with which members.
        shares -> Shares,
        /// The event log.
        events -> Events,
        /// The cursors of the event log's readers.
        cursors -> Cursors,
        /// Webhook endpoints.
        webhooks -> Webhooks,
        /// Deliveries of events to webhooks.
        deliveries -> Deliveries,
        /// The responses to requests with an `Idempotency-Key`.
        idempotency_keys -> IdempotencyKeys,
        /// The queue of outgoing mail.
        mail -> MailQueue,
        /// The last notification about each account.
        told_accounts -> ToldAccounts,
        /// Pairing links.
        pairing_links -> PairingLinks,
        /// Devices that must still be logged out at WhatsApp.
        pending_logouts -> PendingLogouts,
        /// The profile pictures of accounts.
        pictures -> Pictures,
        /// The figures of accounts.
        analytics -> Analytics,
        /// Small named values.
        settings -> Settings,
    }
}
