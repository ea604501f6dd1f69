//! How an account becomes linked. An account becomes linked when a phone confirms the link. This module notices the
//! link in each of these cases: the library reports the link, a login succeeds, a stored session is opened, or the
//! previous process was killed before it recorded the link.

use linekeeper_model::account::Desired;
use linekeeper_model::connection::{End, Epoch, Input, Owner, Rest, State};
use linekeeper_model::phone::Identity;
use linekeeper_storage::VaultError;

use super::Actor;

impl Actor {
    /// Finds out whether the vault holds a session. The account's row cannot tell this: a process that was killed may
    /// have written the row too early or not at all.
    pub(super) async fn restore_session(&mut self) {
        let (id, linked, desired) =
            (self.record.account.id, self.record.account.linked, self.record.account.desired);
        // Most accounts are linked, and their operators want them online. There may be a thousand of these accounts.
        // The vault is not read for them, because the login shows whether the session works.
        let is_sure = linked && desired == Desired::Online;
        self.has_session = is_sure
            || match self.dependencies.storage.vault().has_session(id).await {
                Ok(has_session) => has_session,
                Err(VaultError::Unreadable { .. }) => true,
                Err(error) => {
                    tracing::warn!(account = %id, %error, "could not look for its session");
                    linked
                }
            };
        if !self.has_session {
            self.forget_link().await;
        }
        if self.has_session && desired == Desired::Disconnected {
            // The operator's wish to disconnect was accepted, but the previous process ended before it carried out the
            // wish.
            let left = self.leave().await;
            self.decide(left).await;
        }
        match (self.connection.state(), self.logouts.has(id)) {
            (State::Idle(Rest::LogoutPending { .. }), false) if self.clear_at.is_none() => {
                self.decide(Input::LoggedOut).await;
            }
            (State::Idle(Rest::UserDisconnected | Rest::NotLinked), true) => {
                self.decide(Input::SetAside).await;
            }
            _ => {}
        }
    }

    /// Call this when a phone has confirmed the link in the pairing with this epoch. The session is stored on disk
    /// before the link is reported.
    pub(super) async fn paired(&mut self, epoch: Epoch, identity: Identity) {
        if epoch != self.connection.epoch() || !matches!(self.connection.state(), State::Pairing { .. }) {
            return;
        }
        self.has_session = true;
        let owner = self.owner(identity).await;
        self.decide(Input::Paired(epoch, owner)).await;
    }

    /// If the client's session contains a phone number, the account counts as linked, even if no signal reported the
    /// link. Otherwise a pairing that expires at this moment would discard a link that the phone has just confirmed.
    pub(super) async fn notice_link(&mut self) {
        let owner = self.line.identity();
        if owner.phone.is_some() {
            self.paired(self.connection.epoch(), owner).await;
        }
    }

    /// WhatsApp accepted the login.
    pub(super) async fn logged_in(&mut self, epoch: Epoch) {
        self.notice_link().await;
        if epoch != self.connection.epoch() {
            return;
        }
        let owner = self.owner(self.line.identity()).await;
        self.line.settle().await;
        self.decide(Input::LoggedIn(epoch, owner)).await;
    }

    /// Returns the input for the state machine after a client was opened. The session in the vault may not be the
    /// expected one, so the input depends on the session that the client has.
    pub(super) async fn opened(&mut self, epoch: Epoch) -> Input {
        let owner = self.line.identity();
        let is_linked = owner.phone.is_some() || owner.lid.is_some();
        match (self.connection.state(), is_linked) {
            (State::Pairing { .. }, true) => {
                self.has_session = true;
                Input::Paired(epoch, self.owner(owner).await)
            }
            (State::Pairing { .. }, false) | (_, true) => Input::Dialling(epoch),
            (_, false) => Input::Ended(epoch, End::NoSession),
        }
    }

    /// Decides whether the account may be linked to this phone. If it may, this stores the phone in the account's row.
    /// The phone's number is compared with the expected number only if no phone is linked yet, because the number of a
    /// linked phone may change.
    async fn owner(&mut self, identity: Identity) -> Owner {
        let account = &self.record.account;
        let (known, came) = (account.identity.phone, identity.phone);
        if account.linked && (came.is_none() || came == known) {
            return Owner::Held;
        }
        if !account.linked && !Owner::is_expected(known, came) {
            return Owner::Unexpected { came };
        }
        self.line.settle().await;
        let (now, push_name) = (self.now(), self.line.push_name());
        Owner::claimed(self.record.claim(now, identity, push_name).await, came)
    }
}
