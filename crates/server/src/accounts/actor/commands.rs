//! How the actor carries out commands.

use linekeeper_model::account::{Account, Desired};
use linekeeper_model::audit::NewEntry;
use linekeeper_model::connection::{Input, State};
use linekeeper_model::pairing::Method;
use linekeeper_model::phone::Identity;
use linekeeper_storage::StorageError;
use tokio::sync::oneshot;

use super::Actor;
use crate::accounts::command::{Command, Wish};
use crate::accounts::error::AccountError;
use crate::whatsapp::DevicesQuestion;

/// Whether the account stays bound to the phone that it was linked to before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// Only the same phone may be linked again.
    Kept,
    Forgotten,
}

impl Actor {
    pub(super) async fn obey(&mut self, Command { wish, entry, reply }: Command) {
        let answer = self.grant(wish, entry).await;
        let _caller_left = reply.send(answer.map(|()| self.live.borrow().account.clone()));
    }

    async fn grant(&mut self, wish: Wish, entry: Option<NewEntry>) -> Result<(), AccountError> {
        let is_pairing = matches!(self.connection.state(), State::Pairing { .. });
        match wish {
            Wish::Link(method) => self.link(method, Bound::Kept, entry).await,
            Wish::ReplacePhone(method) => self.link(method, Bound::Forgotten, entry).await,
            Wish::ShowCode(phone) if is_pairing => {
                self.record.enter(entry).await?;
                self.decide(Input::ShowCode(phone)).await;
                Ok(())
            }
            Wish::ShowCode(phone) => self.link(Method::Code(phone), Bound::Kept, entry).await,
            Wish::AnswerPasskey(_) | Wish::ConfirmPasskey if !is_pairing => Err(AccountError::NoPasskeyAsked),
            // WhatsApp may refuse the assertion. So the audit entry is written only after WhatsApp has accepted
            // it.
            Wish::AnswerPasskey(assertion) => {
                self.line.answer_passkey(assertion).await?;
                Ok(self.record.enter(entry).await?)
            }
            Wish::ConfirmPasskey => {
                self.line.confirm_passkey().await?;
                Ok(self.record.enter(entry).await?)
            }
            Wish::Pause => self.pause(entry).await,
            Wish::Resume => self.resume(entry).await,
            Wish::ListDevices(asker) => self.list_devices(asker),
            Wish::Disconnect => Ok(self.disconnect(entry).await?),
            Wish::Delete => self.delete(entry).await,
        }
    }

    async fn link(
        &mut self,
        method: Method,
        phone: Bound,
        entry: Option<NewEntry>,
    ) -> Result<(), AccountError> {
        if matches!(self.connection.state(), State::Online { .. } | State::Linking { .. }) {
            return Err(AccountError::AlreadyConnected);
        }
        if phone == Bound::Forgotten {
            if self.record.account.linked || self.keeps_session() {
                return Err(AccountError::AlreadyConnected);
            }
            if self.record.account.number_given {
                return Err(AccountError::NumberGiven);
            }
        }
        let mut slot = self.pairing_slot.take();
        if slot.is_none() && self.would_pair() {
            slot = Some(self.dependencies.pace.pairing().ok_or(AccountError::TooManyPairings)?);
        }
        if phone == Bound::Forgotten {
            self.forget_phone().await?;
        }
        self.wish_for(Desired::Online, entry).await?;
        self.pairing_slot = slot;
        self.logouts.hurry(self.record.account.id);
        let linked = self.keeps_session();
        self.decide(Input::Link { linked, method }).await;
        Ok(())
    }

    /// Forgets which phone the account belonged to, and removes the account's picture. If the picture cannot be
    /// removed now, the next login removes it.
    async fn forget_phone(&mut self) -> Result<(), StorageError> {
        let now = self.now();
        let forget = |account: &mut Account| {
            account.identity = Identity::default();
            account.push_name = None;
            vec!["phoneNumber"]
        };
        self.record.commit(now, None, forget).await?;
        if self.record.account.picture_id.is_some() {
            self.take_picture(None).await;
        }
        Ok(())
    }

    /// Whether linking the account now would start a pairing. Linking starts no pairing if the account can log in with
    /// its existing session.
    fn would_pair(&self) -> bool {
        let keeps_session = match self.connection.state() {
            State::Failed(failure) => failure.keeps_session(),
            _ => true,
        };
        !(self.keeps_session() && keeps_session)
    }

    /// Whether the account has a session, and no removal of the session is pending.
    fn keeps_session(&self) -> bool {
        self.has_session && self.clear_at.is_none()
    }

    async fn pause(&mut self, entry: Option<NewEntry>) -> Result<(), AccountError> {
        if self.record.account.desired == Desired::Disconnected {
            return Err(AccountError::NotLinked);
        }
        // A phone may have confirmed the link a moment ago. Then the confirmed session is kept when the account
        // pauses.
        self.notice_link().await;
        self.wish_for(Desired::Paused, entry).await?;
        self.decide(Input::Pause).await;
        Ok(())
    }

    async fn resume(&mut self, entry: Option<NewEntry>) -> Result<(), AccountError> {
        let linked = self.keeps_session();
        if !linked {
            return Err(AccountError::NotLinked);
        }
        self.wish_for(Desired::Online, entry).await?;
        self.decide(Input::Resume { linked }).await;
        Ok(())
    }

    fn list_devices(&self, asker: oneshot::Sender<DevicesQuestion>) -> Result<(), AccountError> {
        let online = matches!(self.connection.state(), State::Online { .. });
        let question = self.line.devices().filter(|_| online).ok_or(AccountError::NotConnected)?;
        let _asker_left = asker.send(question);
        Ok(())
    }

    async fn disconnect(&mut self, entry: Option<NewEntry>) -> Result<(), StorageError> {
        self.wish_for(Desired::Disconnected, entry).await?;
        // If a logout is already pending, disconnecting again tries it at once.
        self.logouts.hurry(self.record.account.id);
        self.decide(Input::Disconnect).await;
        Ok(())
    }

    /// Stores the operator's wish with its audit entry. A wish that is not on disk does not count as accepted.
    async fn wish_for(&mut self, desired: Desired, entry: Option<NewEntry>) -> Result<(), StorageError> {
        if self.record.account.desired == desired {
            return self.record.enter(entry).await;
        }
        let now = self.now();
        let wish = |account: &mut Account| {
            account.desired = desired;
            Vec::new()
        };
        self.record.commit(now, entry, wish).await
    }
}
