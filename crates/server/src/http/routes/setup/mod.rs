//! The first start of the server. The server prints a one-time link. The person who opens this link becomes the Owner.
//! The token of the link is only in memory and in the fragment of the link, which browsers never send to a server.

pub(in crate::http) mod create;
pub(in crate::http) mod page;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::secret::Secret;
use subtle::ConstantTimeEq;
use url::Url;

use crate::credentials::random;

/// How long the link works after the start that printed it.
pub const SETUP_LINK_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// The one-time link, as long as it can be used.
pub struct Setup(Mutex<Option<Offer>>);

struct Offer {
    token: Secret<String>,
    expires: Timestamp,
}

/// Why the link does not work for this caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Refused {
    /// The token is not the printed one, or no link is offered.
    Wrong,
    /// The token is the printed one, but it has expired.
    Expired,
}

impl Setup {
    /// Offers `token` until `expires`. If `token` is `None`, no link is offered.
    pub fn new(token: Option<Secret<String>>, expires: Timestamp) -> Self {
        Self(Mutex::new(token.map(|token| Offer { token, expires })))
    }

    /// Makes a new token, and offers it from `now` until [`SETUP_LINK_LIFETIME`] has passed.
    pub fn offer(now: Timestamp) -> Self {
        Self::new(Some(random::secret_text(&mut rand::rng())), now + SETUP_LINK_LIFETIME)
    }

    /// Offers no link, because the server has an Owner.
    pub const fn done() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns the link to print, on the server at `base`, or `None` if no link is offered.
    pub fn link(&self, base: &Url) -> Option<Secret<String>> {
        let offer = self.lock();
        let token = offer.as_ref()?.token.expose();
        let mut url = base.join("/setup").ok()?;
        url.set_fragment(Some(&format!("token={token}")));
        Some(Secret::new(url.into()))
    }

    /// Checks whether `token` is the offered one at `now`.
    pub(in crate::http) fn check(&self, token: &str, now: Timestamp) -> Result<(), Refused> {
        let offer = self.lock();
        let Some(offer) = offer.as_ref() else {
            return Err(Refused::Wrong);
        };
        // Hashes always have the same length, so the comparison always takes the same time.
        let same = random::hash(token).ct_eq(&random::hash(offer.token.expose()));
        match bool::from(same) {
            false => Err(Refused::Wrong),
            true if now >= offer.expires => Err(Refused::Expired),
            true => Ok(()),
        }
    }

    /// Call this when there is an Owner. The link never works again.
    pub(in crate::http) fn close(&self) {
        *self.lock() = None;
    }

    /// Locks the offer. It is still valid if another thread panicked while it held the lock.
    fn lock(&self) -> MutexGuard<'_, Option<Offer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("offered", &self.lock().is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn token_of(setup: &Setup) -> String {
        let link = setup.link(&Url::parse("http://127.0.0.1:8080").unwrap()).unwrap();
        link.expose().strip_prefix("http://127.0.0.1:8080/setup#token=").unwrap().to_owned()
    }

    #[test]
    fn the_setup_token_works_for_thirty_minutes() {
        let setup = Setup::offer(START);
        let token = token_of(&setup);
        assert_eq!(setup.check(&token, START + Duration::from_secs(1_799)), Ok(()));
        assert_eq!(setup.check(&token, START + Duration::from_secs(1_800)), Err(Refused::Expired));
        assert_eq!(setup.check("something else", START), Err(Refused::Wrong));
        assert_eq!(setup.check("", START), Err(Refused::Wrong));
    }

    #[test]
    fn a_closed_setup_accepts_no_token() {
        let setup = Setup::offer(START);
        let token = token_of(&setup);
        setup.close();
        assert_eq!(setup.check(&token, START), Err(Refused::Wrong));
        assert!(setup.link(&Url::parse("http://127.0.0.1:8080").unwrap()).is_none());
        assert_eq!(Setup::done().check("", START), Err(Refused::Wrong));
    }

    #[test]
    fn debug_output_hides_the_token() {
        let setup = Setup::offer(START);
        assert!(!format!("{setup:?}").contains(&token_of(&setup)));
    }
}
