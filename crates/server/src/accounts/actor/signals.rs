//! How the actor reacts to signals of its connection, and to the clock.

use linekeeper_model::connection::{Input, Moment, QrRef, State};
use linekeeper_model::event::Payload;

use super::{Actor, Wake};
use crate::whatsapp::{ProfilePicture, Signal};

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
            Signal::LoggedIn(epoch) => self.logged_in(epoch).await,
            Signal::PushName(name) => {
                if self.record.account.push_name.as_ref() != Some(&name) {
                    let now = self.now();
                    let picture_id = self.record.account.picture_id.clone();
                    let push_name = Some(name.clone());
                    self.record.tell(now, Payload::AccountProfile { push_name, picture_id });
                    self.record.change(now, |account| account.push_name = Some(name)).await;
                    self.publish();
                    // After a new push name, the library tells WhatsApp that this device is in use. So the actor tells
                    // WhatsApp again that nobody uses this device.
                    if matches!(self.connection.state(), State::Online { .. }) {
                        self.line.stay_unavailable().await;
                    }
                }
            }
            Signal::SettingsPassedOver(collections) => self.line.read_settings(collections),
            Signal::Received(messages) => {
                self.dependencies.metrics.messages.received(messages);
                self.record.received(self.now(), messages);
                self.publish();
            }
            Signal::Sent { failed } => {
                let now = self.now();
                self.record.sent(now, failed);
                self.note_health();
                self.publish();
            }
            Signal::PhoneSeen => self.phone_seen(),
            Signal::PictureChanged(whose) => {
                let own = self.line.identity();
                let is_own = (whose.phone.is_some() && whose.phone == own.phone)
                    || (whose.lid.is_some() && whose.lid == own.lid);
                if is_own {
                    self.look_up(std::time::Duration::ZERO);
                }
            }
            Signal::Picture(picture) => self.take_picture(picture).await,
            Signal::Restricted(news) => {
                let now = self.now();
                let before = self.record.account.restriction;
                let restriction = news.onto(before, now);
                if restriction != before {
                    self.record.tell(now, Payload::AccountRestriction(restriction));
                    self.record.note(now, |account| account.restriction = restriction);
                    self.note_health();
                    self.record.save(now).await;
                    self.publish();
                }
            }
            Signal::Ended(epoch, end) => self.decide(Input::Ended(epoch, end)).await,
        }
    }

    /// Handles the time at which the state machine asked to be woken.
    pub(super) async fn woken(&mut self, Wake { epoch, at, .. }: Wake) {
        self.notice_link().await;
        let moment = Moment { now: self.now().max(at), ..self.moment() };
        self.decide_at(moment, Input::Wake(epoch)).await;
    }

    /// Stores the account's picture, or removes the previous one.
    pub(super) async fn take_picture(&mut self, picture: Option<ProfilePicture>) {
        let now = self.now();
        if let Err(error) = self.record.keep_picture(now, picture).await {
            // The error is only logged, because the next login checks the picture again.
            tracing::warn!(account = %self.record.account.id, %error, "the account's picture could not be stored");
        }
        self.publish();
    }

    /// Notes when the phone was last seen, at most every 10 minutes. The next write of the row stores the time. Health
    /// warns only after ten days of silence, so a time that is an hour too old does no harm.
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
