//! The page behind a pairing link. Without a sign-in it shows one account's name and its QR code or pairing code,
//! and nothing else. The token of the link is in the fragment of the address, and opens the page once. After that,
//! the page uses a session that is only in this process's memory.

pub(in crate::http) mod code;
pub(in crate::http) mod new_window;
pub(in crate::http) mod open;
pub(in crate::http) mod page;
pub(in crate::http) mod sessions;
mod shown;
pub(in crate::http) mod state;

use linekeeper_model::account::Account;
use linekeeper_model::audit::{Action, NewEntry};
use linekeeper_model::secret::Secret;
use linekeeper_storage::{PairingLink, Tx};
use url::Url;

use self::sessions::Session;
use super::accounts::reach;
use crate::credentials::{grants, random};
use crate::http::answer::error::named::PairingLinkInvalid;
use crate::http::answer::error::{ApiError, DeclaredRefusal, Refusal};
use crate::http::request::client_address::ClientAddress;
use crate::http::request::origin::CalledFrom;
use crate::http::state::Http;

/// Builds a pairing link. `base` is the URL of this server.
pub(in crate::http) fn address(base: &Url, token: &Secret<String>) -> Secret<String> {
    let mut url = base.clone();
    url.set_path("/pair");
    url.set_query(None);
    url.set_fragment(Some(token.expose()));
    Secret::new(url.into())
}

/// The refusal of a request from a pairing page whose session no longer works. The link was valid when it opened the
/// page, so the text says what may have happened since then.
struct PageEnded;

impl DeclaredRefusal for PageEnded {
    const REFUSAL: Refusal = PairingLinkInvalid::REFUSAL.meaning(
        "The link has expired or was taken back, or the server was restarted. Ask for another link.",
    );
}

/// A valid session, and the account that it shows.
struct Visit {
    session: Session,
    account: Account,
}

impl Visit {
    /// Makes an audit entry. The actor is unknown, because the page needs no sign-in.
    fn asked(&self, origin: &CalledFrom, action: Action) -> NewEntry {
        let entry = origin.nobody().did(self.account.workspace_id, action).on(self.session.link_id);
        entry.with("accountId", self.account.id)
    }
}

/// Returns the session with this secret, and its account. Every invalid session gets the same error.
async fn visit(http: &Http, from: ClientAddress, secret: &Secret<String>) -> Result<Visit, ApiError> {
    let now = http.clock.now();
    let found = http.pair_sessions.get(secret.expose(), now);
    let visit = match found {
        Some(session) => welcome(http, session).await?,
        None => None,
    };
    match visit {
        Some(visit) => Ok(visit),
        None => {
            http.pair_sessions.count_guess(from, now)?;
            Err(ApiError::PairingLinkInvalid)
        }
    }
}

/// Checks that the link of the session still works. Since the link was opened, it may have been taken back, or deleted
/// with its account.
async fn welcome(http: &Http, session: Session) -> Result<Option<Visit>, ApiError> {
    let mut tx = http.storage.read().await?;
    let Some(link) = tx.pairing_links().by_token(&session.link).await? else { return Ok(None) };
    if !is_good(http, &mut tx, &link).await? {
        return Ok(None);
    }
    drop(tx);
    let account = reach::by_link(http, &link).await?;
    Ok(account.map(|account| Visit { session, account }))
}

/// Whether the link may still be used. Nobody has taken the link back, it has not expired, and its maker may still
/// connect the account.
async fn is_good(http: &Http, tx: &mut Tx, link: &PairingLink) -> Result<bool, ApiError> {
    let now = http.clock.now();
    let in_time = link.revoked_at.is_none() && now < link.expires_at;
    Ok(in_time && grants::pairing_link_holds(tx, link, now).await?)
}

/// Whether the text looks like a secret that this server made.
fn is_well_formed(secret: &Secret<String>) -> bool {
    random::is_well_formed(secret.expose())
}
