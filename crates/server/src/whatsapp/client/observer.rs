//! Listens to one client of the library. The library calls its handlers while it receives data. So the observer
//! only takes notes and passes signals on, and never waits.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linekeeper_model::connection::{End, Epoch, Failure, Rejection};
use linekeeper_model::phone::{Identity, Lid, PhoneNumber};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, EventInterest, EventKind};
use whatsapp_rust::wacore::types::message::MessageSource;

use super::outcome::Notes;
use super::restrictions::{self, RestrictionNews};
use super::signal::Signal;
use crate::whatsapp::pairing::refusal;

/// Turns the library's events for one account into notes for [`super::outcome`] and into signals for the actor.
pub(in crate::whatsapp) struct Observer {
    signals: UnboundedSender<Signal>,
    run: Mutex<(Epoch, Notes)>,
    /// Whether the session has no name for the account. See [`Observer::begin`].
    nameless: AtomicBool,
    paired: Notify,
    /// The number of times that WhatsApp has reported a restriction without being asked. This number is changed only
    /// while `run` is locked.
    restrictions_told: AtomicU64,
    /// The number of tasks that are asking for a pairing code.
    asking: AtomicU64,
}

/// Exists while a task asks for a pairing code. See [`Observer::asking`].
pub(in crate::whatsapp) struct Asking(Arc<Observer>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asking.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Observer {
    pub(in crate::whatsapp) fn new(signals: UnboundedSender<Signal>) -> Self {
        Self {
            signals,
            run: Mutex::new((Epoch::default(), Notes::default())),
            nameless: AtomicBool::new(false),
            paired: Notify::new(),
            restrictions_told: AtomicU64::new(0),
            asking: AtomicU64::new(0),
        }
    }

    /// Begins a new run and clears the notes. `nameless` says that the session was linked by another client and
    /// has no name for the account.
    pub(in crate::whatsapp) fn begin(&self, epoch: Epoch, nameless: bool) {
        *self.run() = (epoch, Notes::default());
        self.nameless.store(nameless, Ordering::Relaxed);
    }

    /// Whether all messages that waited at WhatsApp have arrived.
    pub(in crate::whatsapp) fn has_caught_up(&self) -> bool {
        self.run().1.has_caught_up()
    }

    /// Whether the library has reported the login.
    pub(in crate::whatsapp) fn has_logged_in(&self) -> bool {
        self.run().1.has_logged_in()
    }

    /// Takes the notes that were made since [`Observer::begin`].
    pub(in crate::whatsapp) fn notes(&self) -> Notes {
        std::mem::take(&mut self.run().1)
    }

    /// Waits until the library reports a link. Returns at once if it has already reported one.
    pub(in crate::whatsapp) async fn told_of_link(&self) {
        self.paired.notified().await;
    }

    pub(in crate::whatsapp) fn say(&self, signal: Signal) {
        // If the actor has already ended, nobody needs the signal.
        let _nobody_listens = self.signals.send(signal);
    }

    /// Notes that a task asks for a pairing code, and that the task reports the result itself. The note is removed when
    /// the returned value is dropped. If WhatsApp reports a refused code while no task asks, a person typed that code
    /// on the phone.
    pub(in crate::whatsapp) fn asking(self: &Arc<Self>) -> Asking {
        self.asking.fetch_add(1, Ordering::AcqRel);
        Asking(self.clone())
    }

    /// The number of times that WhatsApp has reported a restriction without being asked. Pass this number to
    /// [`Observer::answer`] as `before`.
    pub(in crate::whatsapp) fn restrictions_told(&self) -> u64 {
        self.restrictions_told.load(Ordering::Relaxed)
    }

    /// Passes on WhatsApp's answer about restrictions. If WhatsApp has reported a restriction since `before` was read,
    /// this passes nothing on and returns false, because it is unknown whether the answer or the report is newer.
    pub(in crate::whatsapp) fn answer(&self, before: u64, answers: &[RestrictionNews]) -> bool {
        let _no_news_meanwhile = self.run();
        if self.restrictions_told() != before {
            return false;
        }
        answers.iter().for_each(|news| self.say(Signal::Restricted(*news)));
        true
    }

    fn run(&self) -> MutexGuard<'_, (Epoch, Notes)> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventHandler for Observer {
    fn handle_event(&self, event: Arc<Event>) {
        let mut run = self.run();
        let (epoch, notes) = &mut *run;
        let epoch = *epoch;
        notes.take(&event);
        let signal = match &*event {
            Event::PairingCodeRefresh(_) => Signal::CodeSpent(epoch),
            // The task that asks for the code reports the result itself.
            Event::PairingCodeError(_) if self.asking.load(Ordering::Acquire) > 0 => return,
            Event::PairingCodeError(error) => Signal::Ended(epoch, refusal::after_a_code(error.rejection)),
            Event::PairPasskeyRequest(asked) => {
                Signal::PasskeyRequired(epoch, asked.request_options_json.clone())
            }
            Event::PairPasskeyConfirmation(asked) => {
                let code = if asked.skip_handoff_ux { String::new() } else { asked.code.clone() };
                Signal::PasskeyConfirmation(epoch, code)
            }
            // The library does not end the connection after either of these events. So the observer sends a signal that
            // ends the connection.
            Event::PairError(_) | Event::PairPasskeyError(_) => {
                Signal::Ended(epoch, End::Refused(Failure::PairingRejected { why: Rejection::Other }))
            }
            Event::Receipt(receipt) if is_the_phone(&receipt.source) => Signal::PhoneSeen,
            Event::MexNotification(notification) => match restrictions::told_by(notification) {
                Some(news) => {
                    self.restrictions_told.fetch_add(1, Ordering::Relaxed);
                    Signal::Restricted(news)
                }
                None => return,
            },
            Event::PictureUpdate(update) => {
                Signal::PictureChanged(identity(Some(&update.jid), Some(&update.jid)))
            }
            Event::PairingQrCode(qr) => Signal::QrCode(epoch, qr.code.clone(), qr.timeout),
            Event::Connected(_) => Signal::LoggedIn(epoch),
            // If the session has no name, the library waits ten seconds for the phone's app-state key. But the
            // phone sends this key only once, after a link, so the key arrived long ago. The connection is already
            // fully usable, and the name is read separately.
            Event::OfflineSyncCompleted(_) if self.nameless.load(Ordering::Relaxed) => {
                self.say(Signal::LoggedIn(epoch));
                Signal::SettingsPassedOver(vec![WAPatchName::CriticalBlock])
            }
            Event::PairSuccess(pair) => Signal::Paired(epoch, identity(Some(&pair.id), Some(&pair.lid))),
            Event::SelfPushNameUpdated(name) => Signal::PushName(name.new_name.clone()),
            Event::AppStateSyncFailed(failed) if !failed.skipped.is_empty() => {
                let names = failed.skipped.iter().filter_map(|name| name.parse().ok());
                Signal::SettingsPassedOver(names.collect())
            }
            Event::Messages(batch) => {
                if batch.iter().any(|m| is_the_phone(&m.info.source)) {
                    self.say(Signal::PhoneSeen);
                }
                let received = batch.iter().filter(|m| !m.info.source.is_from_me).count();
                if received == 0 {
                    return;
                }
                Signal::Received(u32::try_from(received).unwrap_or(u32::MAX))
            }
            _ => return,
        };
        drop(run);
        let paired = matches!(signal, Signal::Paired(..));
        self.say(signal);
        if paired {
            self.paired.notify_one();
        }
    }

    fn interest(&self) -> EventInterest {
        EventInterest::of(&[
            EventKind::AppStateSyncFailed,
            EventKind::ClientOutdated,
            EventKind::ConnectFailure,
            EventKind::Connected,
            EventKind::Disconnected,
            EventKind::LoggedOut,
            EventKind::Messages,
            EventKind::MexNotification,
            EventKind::OfflineSyncCompleted,
            EventKind::PairError,
            EventKind::PairPasskeyConfirmation,
            EventKind::PairPasskeyError,
            EventKind::PairPasskeyRequest,
            EventKind::PairingCodeError,
            EventKind::PairingCodeRefresh,
            EventKind::PictureUpdate,
            EventKind::Receipt,
            EventKind::PairSuccess,
            EventKind::PairingQrCode,
            EventKind::PairingQrCodesExhausted,
            EventKind::SelfPushNameUpdated,
            EventKind::StreamReplaced,
            EventKind::TemporaryBan,
        ])
    }
}

/// Whether the sender of a message or receipt is the account's own phone. The phone is device 0.
const fn is_the_phone(source: &MessageSource) -> bool {
    source.is_from_me && source.sender.device == 0
}

/// The identity that the JIDs contain. A JID without a number or LID adds nothing.
pub(in crate::whatsapp) fn identity(phone: Option<&Jid>, lid: Option<&Jid>) -> Identity {
    Identity {
        phone: phone.and_then(|jid| PhoneNumber::from_digits(&jid.user).ok()),
        lid: lid.filter(|jid| !jid.user.is_empty()).map(|jid| Lid(jid.user.to_string())),
    }
}
