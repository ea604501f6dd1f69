//! The first start: a one-time link that makes whoever opens it the Owner. Its token lives in memory alone
//! and in the link's fragment, which browsers never send to a server.

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

/// The one-time link, while it can be used.
pub struct Setup(Mutex<Option<Offer>>);

struct Offer {
    token: Secret<String>,
    expires: Timestamp,
}

/// The link does not let this caller in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Refused {
    /// Not the token that was printed, or none is offered.
    Wrong,
    /// Right, but too late.
    Expired,
}

impl Setup {
    /// Offers `token` until `expires`; nothing where there is an Owner already.
    pub fn new(token: Option<Secret<String>>, expires: Timestamp) -> Self {
        Self(Mutex::new(token.map(|token| Offer { token, expires })))
    }

    /// Offers a fresh token from `now` on.
    pub fn offer(now: Timestamp) -> Self {
        Self::new(Some(random::secret_text(&mut rand::rng())), now + SETUP_LINK_LIFETIME)
    }

    /// For a server that has its Owner.
    pub const fn done() -> Self {
        Self(Mutex::new(None))
    }

    /// The link to print, on the server at `base`. `None` where nothing is offered.
    pub fn link(&self, base: &Url) -> Option<Secret<String>> {
        let offer = self.lock();
        let token = offer.as_ref()?.token.expose();
        let mut url = base.join("/setup").ok()?;
        url.set_fragment(Some(&format!("token={token}")));
        Some(Secret::new(url.into()))
    }

    /// Whether `token` is the one on offer at `now`.
    pub(in crate::http) fn check(&self, token: &str, now: Timestamp) -> Result<(), Refused> {
        let offer = self.lock();
        let Some(offer) = offer.as_ref() else {
            return Err(Refused::Wrong);
        };
        // Hashes have one length whatever was sent, so that comparing takes the same time.
        let same = random::hash(token).ct_eq(&random::hash(offer.token.expose()));
        match bool::from(same) {
            false => Err(Refused::Wrong),
            true if now >= offer.expires => Err(Refused::Expired),
            true => Ok(()),
        }
    }

    /// There is an Owner now: the link never works again.
    pub(in crate::http) fn close(&self) {
        *self.lock() = None;
    }

    /// A panic elsewhere leaves the offer as it was.
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
    fn the_token_works_for_thirty_minutes() {
        let setup = Setup::offer(START);
        let token = token_of(&setup);
        assert_eq!(setup.check(&token, START + Duration::from_secs(1_799)), Ok(()));
        assert_eq!(setup.check(&token, START + Duration::from_secs(1_800)), Err(Refused::Expired));
        assert_eq!(setup.check("something else", START), Err(Refused::Wrong));
        assert_eq!(setup.check("", START), Err(Refused::Wrong));
    }

    #[test]
    fn a_closed_offer_lets_nobody_in() {
        let setup = Setup::offer(START);
        let token = token_of(&setup);
        setup.close();
        assert_eq!(setup.check(&token, START), Err(Refused::Wrong));
        assert!(setup.link(&Url::parse("http://127.0.0.1:8080").unwrap()).is_none());
        assert_eq!(Setup::done().check("", START), Err(Refused::Wrong));
    }

    #[test]
    fn debug_shows_no_token() {
        let setup = Setup::offer(START);
        assert!(!format!("{setup:?}").contains(&token_of(&setup)));
    }
}
