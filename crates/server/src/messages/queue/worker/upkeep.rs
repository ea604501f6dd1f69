//! Other work of the queue. It reads waiting messages and settings, gives due messages their positions in the
//! queue, and gives up expired messages.

use linekeeper_model::id::{ChatId, MessageId};
use linekeeper_model::message::{Failure, FailureCode, MessageStatus};
use linekeeper_storage::{StorageError, WaitingMessage, Written};
use tokio::time::Instant;

use super::{BREATH, Worker};
use crate::events::append_with_others;
use crate::messages::queue::lineup::Lineup;
use crate::messages::queue::progress::Step;
use crate::messages::queue::send::advance;

impl Worker {
    pub(super) async fn read_settings(&mut self) -> Result<(), StorageError> {
        if self.pacing.is_none() {
            let mut tx = self.messages.parts().storage.read().await?;
            let account = tx.accounts().get_any(self.account(), "").await?;
            self.pacing = Some(account.map(|account| account.pacing).unwrap_or_default());
        }
        Ok(())
    }

    /// Reads the waiting messages. If messages were being sent when the previous process ended, they are sent
    /// again with the same ids.
    pub(super) async fn load(&mut self) -> Result<(), StorageError> {
        if self.loaded {
            return Ok(());
        }
        let mut tx = self.messages.parts().storage.read().await?;
        let waiting = tx.messages(&self.scope.key).waiting().await?;
        for message in waiting {
            self.lineup.add(message);
        }
        self.loaded = true;
        Ok(())
    }

    pub(super) fn reload(&mut self) {
        self.lineup = Lineup::default();
        self.flights.clear();
        self.early.clear();
        self.attempts.abort_all();
        self.filing.forget_answers();
        self.loaded = false;
        self.try_again_at = Some(Instant::now() + BREATH);
    }

    /// Gives scheduled messages that are due their positions in the queue.
    pub(super) async fn promote(&mut self) -> Result<(), StorageError> {
        let now = self.messages.parts().clock.now();
        let due = self.lineup.take_due(now);
        if due.is_empty() {
            return Ok(());
        }
        let (scope, ids) = (self.scope.clone(), due.iter().map(|message| message.id).collect::<Vec<_>>());
        let parts = self.messages.parts();
        let placed = append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
            Box::pin(async move {
                let mut messages = tx.messages(&scope.key);
                let mut place = messages.take_places(u32::try_from(ids.len()).unwrap_or(u32::MAX)).await?;
                let mut placed = Vec::new();
                for id in ids {
                    if let Some(mut row) = messages.hold(id).await?
                        && row.status == MessageStatus::Queued
                    {
                        row.place = Some(place);
                        messages.update(&row).await?;
                        placed.push((id, place));
                        place += 1;
                    }
                }
                Ok(Written::silent(placed))
            })
        });
        match placed.await {
            Ok(placed) => {
                for message in due {
                    if let Some((_, place)) = placed.iter().find(|(id, _)| *id == message.id) {
                        self.lineup.add(WaitingMessage { place: Some(*place), ..message });
                    }
                }
                Ok(())
            }
            Err(error) => {
                due.into_iter().for_each(|message| self.lineup.add(message));
                Err(error)
            }
        }
    }

    pub(super) async fn expire(&mut self) -> Result<(), StorageError> {
        let now = self.messages.parts().clock.now();
        for id in self.lineup.expired(now) {
            let step = Step::failed(Failure::of(FailureCode::Expired));
            advance(&self.messages, &self.scope, id, step).await?;
            self.lineup.remove(id);
        }
        Ok(())
    }

    /// Gives up all waiting messages if no phone is linked any more.
    pub(super) async fn give_up_without_session(&mut self) -> Result<(), StorageError> {
        if self.outlet.is_some() || self.messages.parts().accounts.is_linked(self.account()) {
            return Ok(());
        }
        let waiting: Vec<(MessageId, ChatId)> =
            self.lineup.all().map(|message| (message.id, message.chat_id)).collect();
        for (id, chat) in waiting {
            let step = Step::failed(Failure::of(FailureCode::AccountNotLinked));
            advance(&self.messages, &self.scope, id, step).await?;
            self.lineup.remove(id);
            self.lineup.free(chat);
        }
        self.flights.clear();
        Ok(())
    }
}
