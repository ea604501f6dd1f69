//! Decides what the end of a run means. The library reports the end of a run in many different forms, and reports some
//! ends with no event at all. Only this module knows all these forms (docs/decisions/0001-protocol-library.md).

use jiff::Timestamp;
use linekeeper_model::connection::{End, Failure, Loss};
use linekeeper_storage::Fault;
use whatsapp_rust::transport::DisconnectReason;
use whatsapp_rust::wacore::types::events::{ConnectFailureReason, Event};

/// What was observed during one run of a client.
#[derive(Debug, Default)]
pub(in crate::whatsapp) struct Notes {
    caught_up: bool,
    logged_in: bool,
    paired: bool,
    closed: Option<DisconnectReason>,
    unavailable: bool,
    qr_exhausted: bool,
    refusal: Option<Refusal>,
}

#[derive(Debug, Clone, Copy)]
enum Refusal {
    Final(Failure),
    /// WhatsApp has banned the account for this many seconds, counted from the end of the run.
    Banned(i64),
}

impl Notes {
    /// Notes what is relevant in an event.
    pub(in crate::whatsapp) fn take(&mut self, event: &Event) {
        match event {
            Event::OfflineSyncCompleted(_) => self.caught_up = true,
            Event::Connected(_) => self.logged_in = true,
            Event::PairSuccess(_) => self.paired = true,
            Event::Disconnected(end) => self.closed = Some(end.reason.clone()),
            Event::PairingQrCodesExhausted(_) => self.qr_exhausted = true,
            Event::StreamReplaced(_) => self.refuse(Failure::Replaced),
            Event::ClientOutdated(_) => self.refuse(Failure::ClientOutdated),
            Event::TemporaryBan(ban) => self.refusal = Some(Refusal::Banned(ban.expire.num_seconds())),
            // The library reports this after a `<failure>` at login, or after a stream error on a live connection.
            // In the second case, the device was unlinked on the phone.
            Event::LoggedOut(end) => self.refuse(match end.reason {
                ConnectFailureReason::AccountLocked => Failure::AccountLocked,
                _ if end.on_connect => Failure::LoggedOut,
                _ => Failure::DeviceRemoved,
            }),
            Event::ConnectFailure(end) if end.reason.should_reconnect() => self.unavailable = true,
            Event::ConnectFailure(end) if matches!(end.reason, ConnectFailureReason::TempBanned) => {
                self.refuse(Failure::TemporarilyBanned { until: None });
            }
            Event::ConnectFailure(end) => self.refuse(Failure::Refused { code: end.reason.code() }),
            _ => {}
        }
    }

    /// Whether all messages that waited at WhatsApp have arrived.
    pub(in crate::whatsapp) const fn has_caught_up(&self) -> bool {
        self.caught_up
    }

    /// Whether the library has reported the login.
    pub(in crate::whatsapp) const fn has_logged_in(&self) -> bool {
        self.logged_in
    }

    /// Decides from the notes how the connection ended. `stream_error` is the code of a `<stream:error>`. For some
    /// of these codes (429, 503, 515), whatsapp-rust 0.7.0 emits no event.
    pub(in crate::whatsapp) fn end(
        &self,
        stream_error: Option<u16>,
        fault: Option<Fault>,
        now: Timestamp,
    ) -> End {
        match (fault, self.refusal) {
            (Some(Fault::Unreadable), _) => return End::Refused(Failure::SessionUnreadable),
            (Some(Fault::Fenced), _) => return End::Refused(Failure::Replaced),
            (_, Some(Refusal::Final(failure))) => return End::Refused(failure),
            (_, Some(Refusal::Banned(seconds))) => {
                let until = now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
                return End::Refused(Failure::TemporarilyBanned { until });
            }
            (_, None) => {}
        }
        if self.qr_exhausted {
            return End::QrExhausted;
        }
        match stream_error {
            Some(515) => End::Restart,
            Some(429) => End::Lost(Loss::RateLimited),
            Some(500 | 503) => End::Lost(Loss::ServiceUnavailable),
            _ if self.unavailable => End::Lost(Loss::ServiceUnavailable),
            _ if self.paired => End::Restart,
            _ => End::Lost(self.loss()),
        }
    }

    fn loss(&self) -> Loss {
        match &self.closed {
            Some(DisconnectReason::ServerClose { .. } | DisconnectReason::StreamEnded) => Loss::ServerClosed,
            Some(_) => Loss::Network,
            // There was no event at all. Before the login, this means that connecting or the handshake failed.
            // After the login, it means that the library's own watchdog found a dead socket, or that WhatsApp sent
            // `<xmlstreamend/>`.
            None if self.logged_in => Loss::KeepaliveTimeout,
            None => Loss::Network,
        }
    }

    const fn refuse(&mut self, failure: Failure) {
        self.refusal = Some(Refusal::Final(failure));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(notes: Notes, stream_error: Option<u16>) -> End {
        notes.end(stream_error, None, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn an_end_without_a_reason_is_a_keepalive_timeout_only_after_a_login() {
        assert_eq!(end(Notes::default(), None), End::Lost(Loss::Network));
        assert_eq!(
            end(Notes { logged_in: true, ..Notes::default() }, None),
            End::Lost(Loss::KeepaliveTimeout)
        );
    }

    #[test]
    fn stream_errors_for_which_the_library_emits_no_event_have_an_outcome() {
        let seen = [515, 429, 503].map(|code| end(Notes::default(), Some(code)));
        assert_eq!(seen, [End::Restart, End::Lost(Loss::RateLimited), End::Lost(Loss::ServiceUnavailable)]);
    }

    #[test]
    fn if_the_vault_is_unreadable_this_is_reported_as_the_reason_of_the_failure() {
        let notes = Notes { refusal: Some(Refusal::Final(Failure::LoggedOut)), ..Notes::default() };
        let end = notes.end(None, Some(Fault::Unreadable), Timestamp::UNIX_EPOCH);
        assert_eq!(end, End::Refused(Failure::SessionUnreadable));
    }

    #[test]
    fn a_temporary_ban_ends_after_the_number_of_seconds_from_whatsapp() {
        let notes = Notes { refusal: Some(Refusal::Banned(60)), ..Notes::default() };
        let until = Some(Timestamp::from_second(60).unwrap());
        assert_eq!(end(notes, None), End::Refused(Failure::TemporarilyBanned { until }));
    }
}
