//! What the actor records: the account's row, and the events about each change. Both are written together.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::connection::State;
use linekeeper_model::event::{PairingStep, Passing, PassingPayload, Payload};
use linekeeper_model::health::{self, FindingCode, HealthStatus, Snapshot};
use linekeeper_model::pairing::Step;
use linekeeper_model::reconnect_loop;
use linekeeper_model::secret::Secret;
use linekeeper_model::status::{ConnectionStatus, Status};
use tokio::time::Instant;

use super::Actor;
use crate::accounts::pairing::Pairing;

/// The maximum time between two health checks. The state machine does not notice changes of usage and failure rates, so
/// the actor checks health by the clock too.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

impl Actor {
    /// Records what a decision changed. The account's row stores the last reported status, so that the next
    /// process can continue from that status.
    pub(super) fn note_change(&mut self, before: &Status, state_before: State) {
        let after = self.connection.status();
        let now = self.now();
        let changed = before.reason != after.reason;
        if changed {
            self.record.tell(now, Payload::status(Some(before), &after));
        }
        self.note_new_code(&state_before, now);
        let online = after.state == ConnectionStatus::Connected;
        let was_online = before.state == ConnectionStatus::Connected;
        if was_online && !online && after.state == ConnectionStatus::Connecting {
            self.note_disconnect(&after, now);
        }
        if !changed && self.record.account.status == after {
            return;
        }
        let (identity, push_name) = (self.line.identity(), self.line.push_name());
        let change = |account: &mut Account| {
            account.status = after;
            if online && !was_online {
                account.last_connected_at = Some(now);
                account.identity.lid = identity.lid.or(account.identity.lid.take());
                account.push_name = push_name.or(account.push_name.take());
            }
            if was_online && !online {
                account.last_disconnected_at = Some(now);
            }
        };
        self.record.note(now, change);
    }

    /// Writes an event for each new QR ref (the token in the QR code). The event does not contain the ref, because
    /// the ref carries a key.
    fn note_new_code(&mut self, before: &State, now: Timestamp) {
        let State::Pairing { step: Step::ShowQr(code), .. } = self.connection.state() else { return };
        let shown_before = matches!(before, State::Pairing { step: Step::ShowQr(old), .. } if old == code);
        if !shown_before {
            let payload = Payload::AccountQr { qr_code_expiry: code.expires_at, refresh_at: code.refresh_at };
            self.record.tell(now, payload);
        }
    }

    /// Sends each step of a pairing and each QR code to live listeners at once. Neither is stored, because a QR code
    /// carries a key.
    pub(super) fn pass_pairing(&self, now_is: &Pairing) {
        let happened = {
            let before = &self.live.borrow().pairing;
            if before == now_is { None } else { step_of(now_is, before) }
        };
        let Some((step, expires_at)) = happened else { return };
        self.pass(PassingPayload::PairingStep { step, expires_at });
        if let Pairing::Showing(code) = now_is {
            self.pass(PassingPayload::QrCode {
                qr_code: Secret::new(code.text.clone()),
                qr_code_expiry: code.expires_at,
                refresh_at: code.refresh_at,
            });
        }
    }

    fn pass(&self, payload: PassingPayload) {
        let account = &self.record.account;
        let event =
            Passing::of_account(account.workspace_id, account.id, payload, self.now(), &mut rand::rng());
        self.dependencies.log.pass(event);
    }

    fn note_disconnect(&mut self, after: &Status, now: Timestamp) {
        if self.disconnects.note(now) {
            let payload = Payload::AccountReconnectLoop {
                disconnects: u32::try_from(self.disconnects.recent(now)).unwrap_or(u32::MAX),
                within_seconds: u32::try_from(reconnect_loop::WITHIN.as_secs()).unwrap_or(u32::MAX),
                reason: after.reason,
            };
            self.record.tell(now, payload);
        }
    }

    /// Assesses the account's health, reports changes, and schedules the next check.
    pub(super) fn note_health(&mut self) {
        let now = self.now();
        let midnight = self.record.turn_day(now);
        let shown = self.shown();
        let last_hour = self.record.last_hour(now);
        if let Some(change) = self.health.assess(&shown, last_hour, now) {
            let (from, to, reasons) = (change.from, change.to, change.findings);
            self.record.tell(now, Payload::AccountHealth { from, to, reasons });
        }
        let picture = Snapshot::of(&shown, last_hour);
        self.note_silent_phone(&health::assess(&picture, now).findings, &shown, now);
        let next = health::next_change(&picture, now).map_or(midnight, |next| next.min(midnight));
        let left = std::time::Duration::try_from(next.duration_since(now)).unwrap_or(LOOK_EVERY);
        self.look_at = Instant::now() + left.min(LOOK_EVERY);
    }

    /// Reports that the phone has become silent, or that its silence has become critical.
    fn note_silent_phone(&mut self, findings: &[health::Finding], shown: &Account, now: Timestamp) {
        let level = findings.iter().find_map(|finding| match finding.code {
            FindingCode::PhoneOfflineCritical => Some(HealthStatus::Critical),
            FindingCode::PhoneOffline => Some(HealthStatus::Warning),
            _ => None,
        });
        let told = std::mem::replace(&mut self.silence_told, level);
        if let (Some(level), Some(last_seen_at)) = (level, shown.phone_seen_at)
            && told.is_none_or(|told| told < level)
        {
            self.record.tell(now, Payload::AccountPhoneOffline { last_seen_at, level });
        }
    }
}

/// Returns the new step of the pairing, and when the step's code expires. Returns `None` if the account only came
/// online or went offline, without a pairing.
fn step_of(now_is: &Pairing, before: &Pairing) -> Option<(PairingStep, Option<Timestamp>)> {
    Some(match now_is {
        Pairing::Opening => (PairingStep::Opening, None),
        Pairing::Showing(code) => (PairingStep::Qr, Some(code.expires_at)),
        Pairing::ShowingCode(code) => (PairingStep::PairingCode, Some(code.expires_at)),
        Pairing::Passkey(_) => (PairingStep::Passkey, None),
        Pairing::Confirm(_) => (PairingStep::PasskeyConfirmation, None),
        Pairing::Linking => (PairingStep::Linking, None),
        Pairing::Expired => (PairingStep::Expired, None),
        // An account that is restored at the start connects without a pairing, so it reports no step.
        Pairing::Connected if *before != Pairing::NotPairing => (PairingStep::Connected, None),
        Pairing::NotPairing if *before != Pairing::Connected => (PairingStep::Ended, None),
        Pairing::Connected | Pairing::NotPairing => return None,
    })
}
