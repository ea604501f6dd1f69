//! Inbound messages. One transaction stores the message, its chat, its sender and the event, and may also store data of
//! other accounts. After a new connection has replaced an old connection, the old connection cannot write, because each
//! write checks the connection's epoch. WhatsApp gets the acknowledgement only after the transaction.

mod act;
mod file;
mod message;
mod unreadable;

use linekeeper_model::backoff;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::{Arrival, Arrived};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{StorageError, Written};

pub(super) use unreadable::ask_again;

use super::people::Desk;
use super::service::{Messages, Scope};
use crate::events::append_with_others;
use crate::whatsapp::NotStored;

/// The result of storing what arrived. `Fenced` means that the connection may no longer write for the account.
enum Outcome {
    /// What arrived is stored. `news` says whether anything in it was new.
    Stored {
        news: bool,
    },
    Fenced,
}

/// Stores what arrived over a connection: messages, edits, reactions and revokes. Returns whether anything in it was
/// new. It does no harm if the same arrivals come again. While the database is unreachable, this waits.
pub(super) async fn store(
    messages: &Messages,
    account: AccountId,
    epoch: i64,
    arrivals: Vec<Arrival>,
) -> Result<bool, NotStored> {
    let has_files = arrivals.iter().any(|arrival| match &arrival.what {
        Arrived::Message(content, _) | Arrived::Edit { content, .. } => content.media().is_some(),
        _ => false,
    });
    for tries in 0usize.. {
        let error = match try_to_store(messages, account, epoch, arrivals.clone()).await {
            Ok(Outcome::Stored { news }) => {
                if news && has_files {
                    messages.fetch_files(account);
                }
                return Ok(news);
            }
            Ok(Outcome::Fenced) => return Err(NotStored::Fenced),
            Err(error) => error,
        };
        if !error.is_retryable() || messages.parts().lifecycle.stopping().is_cancelled() {
            return Err(NotStored::Failed(error.to_string()));
        }
        if tries == 0 {
            tracing::warn!(%account, %error, "messages wait for the database; WhatsApp keeps them until they are stored");
        }
        tokio::select! {
            () = tokio::time::sleep(backoff::while_away(tries)) => {}
            () = messages.parts().lifecycle.stopping().cancelled() => {}
        }
    }
    unreachable!("the loop ends with an answer")
}

async fn try_to_store(
    messages: &Messages,
    account: AccountId,
    epoch: i64,
    arrivals: Vec<Arrival>,
) -> Result<Outcome, StorageError> {
    let parts = messages.parts();
    // The account was deleted, so nothing can be stored for it.
    let Some(scope) = messages.scope(account).await? else { return Ok(Outcome::Fenced) };
    let now = parts.clock.now();
    append_with_others(&parts.storage, &parts.log, account, move |tx| {
        Box::pin(async move {
            if !holds(tx, &scope, epoch).await? {
                return Ok(Written::silent(Outcome::Fenced));
            }
            let mut desk = Desk::new(tx, &scope, now);
            for arrival in &arrivals {
                take(&mut desk, arrival).await?;
            }
            let events = desk.events();
            Ok(Written::told(Outcome::Stored { news: !events.is_empty() }, events))
        })
    })
    .await
}

/// Whether the connection with this epoch may write for the account. A later connection takes over with its first
/// write.
pub(super) async fn holds(
    tx: &mut linekeeper_storage::Tx,
    scope: &Scope,
    epoch: i64,
) -> Result<bool, StorageError> {
    let mut messages = tx.messages(&scope.key);
    Ok(messages.holds(epoch).await? || messages.take_over(epoch).await?)
}

async fn take(desk: &mut Desk<'_>, arrival: &Arrival) -> Result<(), StorageError> {
    if arrival.what == Arrived::Nothing || arrival.sender == Identity::default() {
        return Ok(());
    }
    let sender = desk.person(&arrival.sender, arrival.push_name.as_deref()).await?;
    if arrival.what == Arrived::NumberTold {
        return Ok(());
    }
    let chat = match arrival.chat.chat_type() {
        linekeeper_model::message::ChatType::Direct => {
            let person =
                if arrival.from_me { desk.person(&arrival.peer, None).await? } else { sender.clone() };
            desk.chat_with(&person, true).await?
        }
        _ => desk.chat_at(&arrival.chat).await?,
    };
    match &arrival.what {
        Arrived::Message(content, context) => {
            message::take(desk, arrival, chat.chat, sender, (**content).clone(), context).await
        }
        Arrived::Undecryptable { view_once } => {
            message::take_undecryptable(desk, arrival, chat.chat, sender, *view_once).await
        }
        Arrived::Reaction { target, emoji } => {
            act::react(desk, arrival, chat.chat, sender, target, emoji).await
        }
        Arrived::Edit { target, content } => {
            act::edit(desk, arrival, chat.chat, sender, target, content).await
        }
        Arrived::Revoke { target } => act::revoke(desk, arrival, chat.chat, sender, target).await,
        Arrived::NumberTold | Arrived::Nothing => Ok(()),
    }
}
