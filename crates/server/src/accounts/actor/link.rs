//! What links an account: a phone that agreed. It is discovered here, however it became known: the library told of it, a
//! login succeeded, a stored session was opened, or a process was killed in the middle of it.

use linekeeper_model::account::Desired;
use linekeeper_model::connection::{End, Epoch, Input, Owner, Rest, State};
use linekeeper_model::phone::Identity;
use linekeeper_storage::VaultError;

use super::Actor;

impl Actor {
    /// Takes up what the vault holds. It says whether there is a session, not the row: a process that was killed may have
    /// written the row too early or not at all.
    pub(super) async fn restore_session(&mut self) {
        let (id, linked, desired) =
            (self.record.account.id, self.record.account.linked, self.record.account.desired);
        // The usual case, of which a thousand come at once: the login finds out.
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
            // The wish was accepted, and the process ended before it was carried out.
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

    /// A phone agreed during the pairing of `epoch`. Its session is on disk before anybody is told.
    pub(super) async fn paired(&mut self, epoch: Epoch, identity: Identity) {
        if epoch != self.connection.epoch() || !matches!(self.connection.state(), State::Pairing { .. }) {
            return;
        }
        self.has_session = true;
        let owner = self.owner(identity).await;
        self.decide(Input::Paired(epoch, owner)).await;
    }

    /// A session that has an owner is linked, whatever was heard of it: a window that ends at this moment must not throw
    /// away what the phone has just agreed to.
    pub(super) async fn notice_link(&mut self) {
        let owner = self.line.identity();
        if owner.phone.is_some() {
            self.paired(self.connection.epoch(), owner).await;
        }
    }

    /// WhatsApp let the session in.
    pub(super) async fn logged_in(&mut self, epoch: Epoch) {
        self.notice_link().await;
        if epoch != self.connection.epoch() {
            return;
        }
        let owner = self.owner(self.line.identity()).await;
        self.line.settle().await;
        self.decide(Input::LoggedIn(epoch, owner)).await;
    }

    /// What to make of a client that was opened: the vault may hold another session than was thought.
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

    /// Whether the account may be linked to this phone, which its row names from then on. The number is compared with
    /// the expected one until a phone is linked: a linked phone may change its number.
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
