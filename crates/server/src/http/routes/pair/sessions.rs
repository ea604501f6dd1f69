//! The sessions of opened pairing pages. The key of a session is the hash of its secret. This module also limits two
//! rates: how often a client address may try wrong links or sessions, and how often a page may ask for codes. All of
//! this is only in memory, so after a restart, a person needs a new link.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::id::PairingLinkId;
use linekeeper_model::secret::Secret;
use linekeeper_storage::{LinkHash, PairingLink};

use crate::credentials::random;
use crate::http::answer::error::ApiError;
use crate::http::auth::buckets::{Buckets, PER_ADDRESS, Rate};
use crate::http::request::client_address::ClientAddress;

/// The rate at which one page may ask for codes. WhatsApp gives an account only a limited number of codes. So one page
/// must not use up all codes of its account.
const CODES_PER_LINK: Rate = Rate { burst: 4, refill: Duration::from_secs(60) };

/// The rate at which one page may ask for new QR codes. It is enough for people, and low enough that nobody can
/// fill the audit log.
const WINDOWS_PER_LINK: Rate = Rate { burst: 20, refill: Duration::from_secs(60) };

/// An opened page.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The link that opened the page.
    pub link: LinkHash,
    pub link_id: PairingLinkId,
    /// When the link, and with it the session, expires.
    pub expires_at: Timestamp,
    /// Whether the page has shown that the account is linked. After that, the page must not see any later pairing.
    pub is_done: bool,
}

/// All sessions of pairing pages.
#[derive(Default)]
pub(in crate::http) struct Sessions(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    sessions: HashMap<[u8; 32], Session>,
    guesses: Buckets<ClientAddress>,
    codes: Buckets<PairingLinkId>,
    windows: Buckets<PairingLinkId>,
}

impl Sessions {
    /// Starts a session for `link`, which was just opened, and returns its secret. Drops expired sessions.
    pub(super) fn begin(&self, link: &PairingLink, now: Timestamp) -> Secret<String> {
        let secret = random::secret_text(&mut rand::rng());
        let session =
            Session { link: link.token, link_id: link.id, expires_at: link.expires_at, is_done: false };
        let mut memory = self.lock();
        memory.sessions.retain(|_, session| now < session.expires_at);
        memory.sessions.insert(random::hash(secret.expose()), session);
        secret
    }

    /// The session with this secret, if it has not expired.
    pub(super) fn get(&self, secret: &str, now: Timestamp) -> Option<Session> {
        let memory = self.lock();
        memory.sessions.get(&random::hash(secret)).filter(|session| now < session.expires_at).cloned()
    }

    /// Marks the sessions of this link as done. Call this when the page has shown that the account is linked.
    pub(super) fn finish(&self, link: PairingLinkId) {
        let mut memory = self.lock();
        for session in memory.sessions.values_mut().filter(|session| session.link_id == link) {
            session.is_done = true;
        }
    }

    /// Counts an attempt of `address` to use a link or a session. Refuses if too many attempts were wrong.
    pub(super) fn count_guess(&self, address: ClientAddress, now: Timestamp) -> Result<(), ApiError> {
        let counted = self.lock().guesses.try_take(address, PER_ADDRESS, now);
        counted.map_err(|retry_after| ApiError::TooManyAttempts { retry_after })
    }

    /// Takes back the count of an attempt. Call this if the link or the session was right.
    pub(super) fn forgive_guess(&self, address: ClientAddress) {
        self.lock().guesses.give_back(&address);
    }

    /// Counts a request for a code by the page of `link`.
    pub(super) fn count_code(&self, link: PairingLinkId, now: Timestamp) -> Result<(), ApiError> {
        let counted = self.lock().codes.try_take(link, CODES_PER_LINK, now);
        counted.map_err(|retry_after| ApiError::TooManyAttempts { retry_after })
    }

    /// Counts a request for new QR codes by the page of `link`.
    pub(super) fn count_window(&self, link: PairingLinkId, now: Timestamp) -> Result<(), ApiError> {
        let counted = self.lock().windows.try_take(link, WINDOWS_PER_LINK, now);
        counted.map_err(|retry_after| ApiError::TooManyAttempts { retry_after })
    }

    /// Locks the sessions. They are still usable if another thread panicked while it held the lock.
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
    use uuid::Uuid;

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const MINUTE: Duration = Duration::from_secs(60);

    fn link(number: u8) -> PairingLink {
        let uuid = Uuid::from_u128(number.into());
        PairingLink {
            id: PairingLinkId::from(uuid),
            workspace_id: WorkspaceId::from(uuid),
            account_id: AccountId::from(uuid),
            created_by: UserId::from(uuid),
            made_with: None,
            token: LinkHash([number; 32]),
            created_at: START,
            expires_at: START + MINUTE,
            opened_at: Some(START),
            revoked_at: None,
        }
    }

    #[test]
    fn a_pairing_page_session_expires_with_its_link() {
        let sessions = Sessions::default();
        let secret = sessions.begin(&link(1), START);
        assert_eq!(sessions.get(secret.expose(), START).unwrap().link, LinkHash([1; 32]));
        assert!(sessions.get("another", START).is_none());
        assert!(sessions.get(secret.expose(), START + MINUTE).is_none());
        let _next = sessions.begin(&link(2), START + MINUTE);
        assert_eq!(sessions.lock().sessions.len(), 1, "the old one is forgotten");
    }

    #[test]
    fn finishing_one_pairing_page_does_not_finish_others() {
        let sessions = Sessions::default();
        let (one, other) = (sessions.begin(&link(1), START), sessions.begin(&link(2), START));
        sessions.finish(link(1).id);
        let is_done = |secret: &Secret<String>| sessions.get(secret.expose(), START).unwrap().is_done;
        assert!(is_done(&one) && !is_done(&other));
    }

    #[test]
    fn a_page_can_ask_for_pairing_codes_only_at_a_limited_rate() {
        let sessions = Sessions::default();
        for _ in 0..4 {
            assert_eq!(sessions.count_code(link(1).id, START), Ok(()));
        }
        let refused = ApiError::TooManyAttempts { retry_after: MINUTE };
        assert_eq!(sessions.count_code(link(1).id, START), Err(refused));
        assert_eq!(sessions.count_code(link(2).id, START), Ok(()));
    }
}
