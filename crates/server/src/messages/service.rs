//! The messages as the rest of the server uses them. Inbound messages enter the server through this module, and each
//! account that sends has a queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use linekeeper_model::clock::Clock;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_model::message::{Address, Arrival, Chat, Direction, Media, Message};
use linekeeper_storage::{AccountKey, Candidates, Storage, StorageError, Tx};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use url::Url;

use super::accept::Bounds;
use super::inbound;
use super::media::{MediaSettings, Work};
use super::queue::{self, Word};
use crate::accounts::Registry;
use crate::events::Log;
use crate::lifecycle::Lifecycle;
use crate::whatsapp::{MessagePort, NotRead, NotStored, Note, Outlet};

/// What the messages need.
pub struct Dependencies {
    /// The database with messages and people.
    pub storage: Storage,
    /// The event log.
    pub log: Log,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The running accounts.
    pub accounts: Registry,
    /// Starts tasks and stops them when the server stops.
    pub lifecycle: Lifecycle,
    /// The default limit of an account in messages per minute. 0 means no limit.
    pub messages_per_minute: u32,
    /// The settings of the messages' files.
    pub media: MediaSettings,
}

/// The messages of all accounts: their queues, their files and their stored rows. Cloning it is cheap.
#[derive(Clone)]
pub struct Messages(Arc<Shared>);

pub(super) struct Shared {
    pub(super) parts: Dependencies,
    queues: Mutex<HashMap<AccountId, UnboundedSender<Word>>>,
    scopes: Mutex<HashMap<AccountId, Scope>>,
    outlets: Mutex<HashMap<AccountId, Outlet>>,
    work: Work,
    bounds: Bounds,
}

/// What is needed to store the messages of one account.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) workspace: WorkspaceId,
    pub(super) account: AccountId,
    pub(super) key: Arc<AccountKey>,
    /// The base URL at which callers reach this server.
    pub(super) base: Arc<Url>,
    /// The maximum size in bytes of an inbound file that is fetched without a request of a caller.
    pub(super) largest_file: u64,
}

impl Scope {
    /// Adds the download URL to each file, for the API and for events.
    pub(super) fn with_addresses(&self, mut messages: Vec<Message>) -> Vec<Message> {
        for media in messages.iter_mut().filter_map(|message| message.content.media_mut()) {
            media.url = media.media_id.and_then(|id| Media::address(&self.base, self.account, id));
        }
        messages
    }

    /// Creates an event about the account.
    pub(super) fn event(&self, payload: Payload, now: jiff::Timestamp) -> NewEvent {
        NewEvent::of_account(self.workspace, self.account, payload, now, &mut rand::rng())
    }
}

impl Messages {
    /// Creates the service. No queue runs yet.
    pub fn new(parts: Dependencies) -> Self {
        Self(Arc::new(Shared {
            parts,
            queues: Mutex::default(),
            scopes: Mutex::default(),
            outlets: Mutex::default(),
            work: Work::default(),
            bounds: Bounds::default(),
        }))
    }

    /// Starts the queues of the accounts that have waiting messages.
    pub async fn restore(&self) -> Result<usize, StorageError> {
        let accounts = self.0.parts.storage.read().await?.accounts_with_queue().await?;
        for account in &accounts {
            self.tell_queue(*account, Word::Look);
        }
        for account in self.0.parts.storage.read().await?.accounts_with_files_to_fetch().await? {
            self.fetch_files(account);
        }
        Ok(accounts.len())
    }

    /// The default limit of an account in messages per minute. 0 means no limit.
    pub fn usual_rate(&self) -> u32 {
        self.0.parts.messages_per_minute
    }

    /// Tells an account's queue that the account's settings changed, if the queue runs.
    pub fn settings_changed(&self, account: AccountId) {
        let queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(&account) {
            // If the queue has ended, it reads the settings when it starts again.
            let _ended = queue.send(Word::Settings);
        }
    }

    pub(super) fn parts(&self) -> &Dependencies {
        &self.0.parts
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    pub(super) fn work(&self) -> &Work {
        &self.0.work
    }

    /// Returns what is needed to store messages of an account, or `None` if the account does not exist.
    pub(super) async fn scope(&self, account: AccountId) -> Result<Option<Scope>, StorageError> {
        let known = self.0.scopes.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let storage = &self.0.parts.storage;
        let Some(workspace) = storage.read().await?.accounts().workspace_of(account).await? else {
            return Ok(None);
        };
        let base = Arc::new(self.0.parts.media.base.clone());
        let (key, largest_file) = (storage.account_key(account).await?, self.0.parts.media.most);
        let scope = Scope { workspace, account, key, base, largest_file };
        self.0.scopes.lock().unwrap_or_else(PoisonError::into_inner).insert(account, scope.clone());
        Ok(Some(scope))
    }

    async fn sent_bytes(
        &self,
        account: AccountId,
        chat: &Address,
        wa_message_id: &str,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(None) };
        let mut tx = self.parts().storage.read().await?;
        let rows = tx.messages(&scope.key).by_wa_id(wa_message_id).await?;
        for row in rows.into_iter().filter(|row| row.direction == Direction::Outbound) {
            if let Some(known) = tx.chats(&scope.key).get(row.chat_id).await?
                && is_at(&mut tx, &scope, &known.chat, chat).await?
            {
                return tx.messages(&scope.key).wire(row.id).await;
            }
        }
        Ok(None)
    }

    /// Returns the account's connection to WhatsApp, if the account is connected.
    pub(super) fn outlet(&self, account: AccountId) -> Option<Outlet> {
        let outlets = self.0.outlets.lock().unwrap_or_else(PoisonError::into_inner);
        outlets.get(&account).filter(|outlet| outlet.is_ready()).cloned()
    }

    /// Sends a signal to an account's queue. If the queue does not run, starts it.
    pub(super) fn tell_queue(&self, account: AccountId, word: Word) {
        let mut queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let word = match queues.get(&account) {
            Some(queue) => match queue.send(word) {
                Ok(()) => return,
                // The queue has ended, so a new one is started.
                Err(unsent) => unsent.0,
            },
            None => word,
        };
        let (queue, words) = unbounded_channel();
        // This cannot fail, because the receiver `words` still exists.
        let _received = queue.send(word);
        queues.insert(account, queue);
        self.0.parts.lifecycle.spawn("message queue", queue::run(self.clone(), account, words));
    }
}

/// Whether the chat is the one with this address. A person's phone number and LID lead to the same chat.
async fn is_at(tx: &mut Tx, scope: &Scope, chat: &Chat, address: &Address) -> Result<bool, StorageError> {
    let Some(person) = &chat.person else { return Ok(chat.address == *address) };
    let Candidates { by_lid, by_phone } = tx.contacts(&scope.key).candidates(&address.identity()).await?;
    Ok([by_lid, by_phone].into_iter().flatten().any(|other| other.id == person.id))
}

#[async_trait]
impl MessagePort for Messages {
    async fn arrived(&self, account: AccountId, epoch: i64, arrivals: Vec<Arrival>) -> Result<(), NotStored> {
        inbound::store(self, account, epoch, arrivals).await.map(drop)
    }

    async fn lost(&self, account: AccountId, epoch: i64, arrival: Arrival) -> Result<bool, NotStored> {
        inbound::store(self, account, epoch, vec![arrival]).await
    }

    async fn sent(
        &self,
        account: AccountId,
        chat: &Address,
        wa_message_id: &str,
    ) -> Result<Option<Vec<u8>>, NotRead> {
        self.sent_bytes(account, chat, wa_message_id).await.map_err(|error| {
            tracing::warn!(%account, %error, "a message that a recipient asks for again could not be read");
            NotRead(error.to_string())
        })
    }

    fn note(&self, account: AccountId, note: Note) {
        let mut outlets = self.0.outlets.lock().unwrap_or_else(PoisonError::into_inner);
        match &note {
            Note::Online(outlet) => drop(outlets.insert(account, outlet.clone())),
            Note::Offline(epoch) => {
                outlets.retain(|known, outlet| *known != account || outlet.epoch() != *epoch);
            }
            _ => {}
        }
        drop(outlets);
        if let Note::Online(_) = note {
            self.fetch_files(account);
        }
        self.tell_queue(account, Word::Note(note));
    }
}
