//! What the actor makes of what its connection says, and of the clock.

use linekeeper_model::connection::{Epoch, Input, Moment, QrRef, State, WrongPhone};
use linekeeper_model::phone::Identity;

use super::{Actor, Wake};
use crate::whatsapp::Signal;

impl Actor {
    pub(super) async fn hear(&mut self, signal: Signal) {
        match signal {
            Signal::QrCode(epoch, text, good_for) => {
                let refresh_at = self.now() + good_for;
                self.decide(Input::QrCode(epoch, QrRef { text, refresh_at })).await;
            }
            Signal::Code(epoch, code) => self.decide(Input::Code(epoch, code)).await,
            Signal::CodeSpent(epoch) => self.decide(Input::CodeSpent(epoch)).await,
            Signal::PasskeyRequired(epoch, options) => {
                self.decide(Input::PasskeyRequired(epoch, options)).await;
            }
            Signal::PasskeyConfirmation(epoch, code) => {
                self.decide(Input::PasskeyConfirmation(epoch, code)).await;
            }
            Signal::Paired(epoch, identity) => self.paired(epoch, identity).await,
            Signal::LoggedIn(epoch) => {
                self.notice_link().await;
                self.line.settle().await;
                self.decide(Input::LoggedIn(epoch)).await;
            }
            Signal::PushName(name) => {
                let now = self.now();
                self.record.change(now, |account| account.push_name = Some(name)).await;
                self.publish();
            }
            Signal::Received(messages) => {
                self.record.received(self.now(), messages);
                self.publish();
            }
            Signal::PhoneSeen => self.phone_seen(),
            Signal::PictureChanged(_whose) => {}
            Signal::Ended(epoch, end) => self.decide(Input::Ended(epoch, end)).await,
        }
    }

    /// The state machine asked to be woken at this time.
    pub(super) async fn woken(&mut self, Wake { epoch, at, .. }: Wake) {
        self.notice_link().await;
        let moment = Moment { now: self.now().max(at), ..self.moment() };
        self.decide_at(moment, Input::Wake(epoch)).await;
    }

    /// A session that has an owner is linked, whatever was heard of it: a window that ends at this moment must not
    /// throw away what the phone has just agreed to.
    async fn notice_link(&mut self) {
        let owner = self.line.identity();
        if matches!(self.connection.state(), State::Pairing { .. }) && owner.phone.is_some() {
            self.paired(self.connection.epoch(), owner).await;
        }
    }

    /// A phone agreed. Its session must be on disk before anybody is told.
    async fn paired(&mut self, epoch: Epoch, identity: Identity) {
        if epoch != self.connection.epoch() {
            return;
        }
        let expected = self.record.account.identity.phone.clone();
        if expected.is_some() && identity.phone.is_some() && expected != identity.phone {
            return self.decide(Input::WrongPhone(epoch, WrongPhone::Unexpected)).await;
        }
        let before = std::mem::replace(&mut self.record.account.identity, identity);
        if self.record.phone_is_taken().await {
            self.record.account.identity = before;
            return self.decide(Input::WrongPhone(epoch, WrongPhone::Taken)).await;
        }
        self.line.settle().await;
        let now = self.now();
        self.record
            .change(now, |account| {
                account.linked = true;
                account.phone_seen_at = Some(now);
            })
            .await;
        self.decide(Input::Paired(epoch)).await;
    }

    /// Written with whatever is written next: an hour more or less does not matter in ten days.
    fn phone_seen(&mut self) {
        const ROUGHLY: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
        let now = self.now();
        let known = self.record.account.phone_seen_at;
        if known.is_none_or(|seen| now.duration_since(seen) >= ROUGHLY) {
            self.record.note(now, |account| account.phone_seen_at = Some(now));
            self.publish();
        }
    }
}
