//! Reads messages, chats and people for the API.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use linekeeper_model::account::{Account, Desired, NewChatStop};
use linekeeper_model::id::{AccountId, ChatId, ContactId, MessageId};
use linekeeper_model::message::{
    Ability, Circumstances, Message, MessageStatus, Person, Waiting, WaitingReason,
};
use linekeeper_model::status::ConnectionStatus;
use linekeeper_storage::{ListedChat, MessageFilter, MessageReceipt, MessageRow, StorageError};

use super::service::{Messages, Scope};

/// The filter for a list of messages.
pub type MessageQuery<'q> = MessageFilter<'q>;

/// A chat with its last message.
#[derive(Debug, Clone)]
pub struct ShownChat {
    /// The chat.
    pub listed: ListedChat,
    /// The chat's last message, if it has one.
    pub last_message: Option<Message>,
}

/// How many messages of an account wait, and why.
#[derive(Debug, Clone, Default)]
pub struct QueueReport {
    /// The number of messages that wait or are being sent.
    pub waiting: u64,
    /// For each reason, how many messages wait for it.
    pub reasons: BTreeMap<WaitingReason, u64>,
    /// The message that has waited longest.
    pub oldest: Option<Message>,
}

/// The facts about an account that decide why its messages wait.
#[derive(Clone, Copy)]
struct Standing {
    ability: Ability,
    stop: Option<NewChatStop>,
    day_full_until: Option<Timestamp>,
    now: Timestamp,
}

impl Standing {
    /// Returns why a message waits. `new` lists the chats that have no message so far.
    fn waiting(&self, row: &MessageRow, is_behind: bool, new: &[ChatId]) -> Option<Waiting> {
        if row.status != MessageStatus::Queued {
            return None;
        }
        let Self { ability, stop, day_full_until, now } = *self;
        let stopped = stop.filter(|_| new.contains(&row.chat_id));
        let due_at = row.due_at.unwrap_or(row.created_at);
        let is_act = row.detail.content.kind().is_act();
        let day_full_until = day_full_until.filter(|_| !is_act);
        Some(Circumstances { ability, due_at, is_behind, stopped, day_full_until }.waiting(now))
    }
}

/// Returns messages as the API shows them, each with the reason why it waits.
async fn shown(
    mut messages: linekeeper_storage::Messages<'_>,
    scope: &Scope,
    rows: Vec<MessageRow>,
    standing: Standing,
) -> Result<Vec<Message>, StorageError> {
    let queued = rows.iter().filter(|row| row.status == MessageStatus::Queued);
    let chats: BTreeSet<ChatId> = queued.filter(|_| standing.stop.is_some()).map(|row| row.chat_id).collect();
    let new = messages.new_chats(&chats.into_iter().collect::<Vec<_>>()).await?;
    let shown = messages.shown(rows, |row, is_behind| standing.waiting(row, is_behind, &new)).await?;
    Ok(scope.with_addresses(shown))
}

impl Messages {
    /// Returns a page of the messages that match the query.
    pub async fn list(
        &self,
        account: &Account,
        query: &MessageQuery<'_>,
    ) -> Result<Vec<Message>, StorageError> {
        let Some(scope) = self.scope(account.id).await? else { return Ok(Vec::new()) };
        let standing = self.standing(account);
        let mut tx = self.parts().storage.read().await?;
        let chat = match query.chat {
            // A chat that was merged with another one can still be found by its old id.
            Some(id) => match tx.chats(&scope.key).get(id).await? {
                Some(found) => Some(found.chat.id),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let mut messages = tx.messages(&scope.key);
        let rows = messages.list(&MessageQuery { chat, ..*query }).await?;
        shown(messages, &scope, rows, standing).await
    }

    /// Returns one message.
    pub async fn show(&self, account: &Account, id: MessageId) -> Result<Option<Message>, StorageError> {
        let Some(scope) = self.scope(account.id).await? else { return Ok(None) };
        let standing = self.standing(account);
        let mut tx = self.parts().storage.read().await?;
        let mut messages = tx.messages(&scope.key);
        let rows = messages.get(id).await?.into_iter().collect();
        let shown = shown(messages, &scope, rows, standing).await?;
        Ok(shown.into_iter().next())
    }

    /// Returns who received, read and played a message, or `None` if the message does not exist.
    pub async fn receipts(
        &self,
        account: AccountId,
        id: MessageId,
    ) -> Result<Option<Vec<(Person, MessageReceipt)>>, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(None) };
        let mut tx = self.parts().storage.read().await?;
        if tx.messages(&scope.key).get(id).await?.is_none() {
            return Ok(None);
        }
        let receipts = tx.messages(&scope.key).receipts(id).await?;
        let ids: Vec<ContactId> = receipts.iter().map(|receipt| receipt.contact_id).collect();
        let people = tx.contacts(&scope.key).get_all(&ids).await?;
        let with_person = |receipt: MessageReceipt| {
            let person = people.iter().find(|person| person.id == receipt.contact_id).cloned()?;
            Some((person, receipt))
        };
        Ok(Some(receipts.into_iter().filter_map(with_person).collect()))
    }

    /// Returns how many messages wait, and why.
    pub async fn queue(&self, account: &Account) -> Result<QueueReport, StorageError> {
        let Some(scope) = self.scope(account.id).await? else { return Ok(QueueReport::default()) };
        let standing = self.standing(account);
        let mut tx = self.parts().storage.read().await?;
        let waiting = tx.messages(&scope.key).waiting().await?;
        let new = match standing.stop {
            Some(_) => {
                let chats: BTreeSet<ChatId> = waiting.iter().map(|message| message.chat_id).collect();
                tx.messages(&scope.key).new_chats(&chats.into_iter().collect::<Vec<_>>()).await?
            }
            None => Vec::new(),
        };
        let mut report = QueueReport { waiting: waiting.len() as u64, ..QueueReport::default() };
        let mut first_of_chat = std::collections::HashSet::new();
        let mut oldest: Option<MessageId> = None;
        for message in waiting {
            let is_first = first_of_chat.insert(message.chat_id);
            oldest = oldest.map_or(Some(message.id), |oldest| Some(oldest.min(message.id)));
            if message.status == MessageStatus::Queued {
                let circumstances = Circumstances {
                    ability: standing.ability,
                    due_at: message.due_at,
                    is_behind: !is_first,
                    stopped: standing.stop.filter(|_| new.contains(&message.chat_id)),
                    day_full_until: standing.day_full_until.filter(|_| !message.is_act),
                };
                let reason = circumstances.waiting(standing.now).reason;
                *report.reasons.entry(reason).or_default() += 1;
            }
        }
        if let Some(id) = oldest {
            let mut messages = tx.messages(&scope.key);
            let rows = messages.get(id).await?.into_iter().collect();
            let shown = shown(messages, &scope, rows, standing).await?;
            report.oldest = shown.into_iter().next();
        }
        Ok(report)
    }

    /// Returns a page of the chats. The chat with the newest message comes first.
    pub async fn chats(
        &self,
        account: &Account,
        before: Option<(Timestamp, ChatId)>,
        limit: u32,
    ) -> Result<Vec<ShownChat>, StorageError> {
        let Some(scope) = self.scope(account.id).await? else { return Ok(Vec::new()) };
        let mut tx = self.parts().storage.read().await?;
        let listed = tx.chats(&scope.key).list(before, limit).await?;
        drop(tx);
        let mut shown = Vec::with_capacity(listed.len());
        for listed in listed {
            shown.push(self.with_last_message(account, listed).await?);
        }
        Ok(shown)
    }

    /// Returns one chat.
    pub async fn chat(&self, account: &Account, id: ChatId) -> Result<Option<ShownChat>, StorageError> {
        let Some(scope) = self.scope(account.id).await? else { return Ok(None) };
        let listed = self.parts().storage.read().await?.chats(&scope.key).get(id).await?;
        match listed {
            Some(listed) => self.with_last_message(account, listed).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns a page of the people. The person who was stored first comes first.
    pub async fn contacts(
        &self,
        account: AccountId,
        after: Option<ContactId>,
        limit: u32,
    ) -> Result<Vec<Person>, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(Vec::new()) };
        self.parts().storage.read().await?.contacts(&scope.key).list(after, limit).await
    }

    /// Returns one person.
    pub async fn contact(&self, account: AccountId, id: ContactId) -> Result<Option<Person>, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(None) };
        self.parts().storage.read().await?.contacts(&scope.key).get(id).await
    }

    async fn with_last_message(
        &self,
        account: &Account,
        listed: ListedChat,
    ) -> Result<ShownChat, StorageError> {
        let last_message = match listed.last_message_id {
            Some(id) => self.show(account, id).await?,
            None => None,
        };
        Ok(ShownChat { listed, last_message })
    }

    fn standing(&self, account: &Account) -> Standing {
        let parts = self.parts();
        let ability = match (account.desired, account.status.state) {
            (Desired::Paused, _) => Ability::Paused,
            (_, ConnectionStatus::Connected) => Ability::Ready,
            _ => Ability::NotConnected(account.status.next_retry_at),
        };
        let full = account.usage.sent >= account.daily_limit.get();
        let day_full_until = full.then(|| parts.accounts.day_ends(account));
        let now = parts.clock.now();
        Standing { ability, stop: account.restriction.new_chat_stop(now), day_full_until, now }
    }
}
