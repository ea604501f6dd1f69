//! A transaction that repositories borrow. The code that began it commits it; dropping it rolls back.

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

/// A read snapshot or a write transaction on the product's tables.
pub struct Tx {
    transaction: Transaction,
    context: Arc<Context>,
    writes: bool,
    /// Events that the transaction appended.
    appended: u64,
}

/// What repositories need besides a connection.
pub(crate) struct Context {
    pub(crate) clock: Arc<dyn Clock>,
    /// Seals single values of the product's tables with the installation's data key.
    pub(crate) cipher: Cipher,
    /// Notified how long things took.
    pub(crate) observer: Arc<dyn Observer>,
}

/// What a repository borrows.
pub(crate) struct Scope<'t> {
    pub(crate) connection: Connection<'t>,
    pub(crate) context: &'t Context,
    /// False in a read snapshot.
    pub(crate) writes: bool,
    /// Counts the events that the transaction appends.
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

    /// Makes everything that this transaction did durable, at once.
    pub async fn commit(self) -> Result<(), StorageError> {
        let began = Instant::now();
        self.transaction.commit().await?;
        if self.appended > 0 {
            self.context.observer.events_committed(self.appended, began.elapsed());
        }
        Ok(())
    }

    /// A statement that controls the transaction itself.
    pub(crate) async fn statement(&mut self, sql: &'static str) -> Result<(), StorageError> {
        self.transaction.connection().execute(sql, &[]).await?;
        Ok(())
    }

    /// The people of one account.
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
        /// Tenants.
        workspaces -> Workspaces,
        /// People who sign in.
        users -> Users,
        /// Who belongs to which workspace.
        members -> Members,
        /// What tokens of another program decided about its users.
        foreign_standings -> ForeignStandings,
        /// Who was invited and may become a member.
        invitations -> Invitations,
        /// Links to set a new password.
        password_resets -> PasswordResets,
        /// Authenticators and recovery codes.
        second_factors -> SecondFactors,
        /// Keys for programs.
        api_keys -> ApiKeys,
        /// Chains of refresh tokens.
        sign_ins -> SignIns,
        /// The audit log: chains of entries about who did what.
        audit -> Audit,
        /// Managed WhatsApp identities.
        accounts -> Accounts,
        /// With whom accounts are shared.
        shares -> Shares,
        /// What happened, in order.
        events -> Events,
        /// The places of the event log's readers.
        cursors -> Cursors,
        /// Webhook endpoints.
        webhooks -> Webhooks,
        /// Deliveries of events to webhooks.
        deliveries -> Deliveries,
        /// Stored responses for requests that a caller may repeat.
        idempotency_keys -> IdempotencyKeys,
        /// The queue of outgoing mail.
        mail -> MailQueue,
        /// The last notification about each account.
        told_accounts -> ToldAccounts,
        /// One-time links to a pairing.
        pairing_links -> PairingLinks,
        /// Devices whose logout is still to be sent to WhatsApp.
        pending_logouts -> PendingLogouts,
        /// Profile pictures.
        pictures -> Pictures,
        /// What happened, as numbers.
        analytics -> Analytics,
        /// Small values by name.
        settings -> Settings,
    }
}
