//! Invitations: made by callers who manage members, and accepted by the person who opens the link. The token of a
//! link works once. It is in the fragment of the address, which browsers do not send to servers.

pub(in crate::http) mod accept;
pub(in crate::http) mod create;
mod invitation_json;
pub(in crate::http) mod list;
pub(in crate::http) mod page;
pub(in crate::http) mod revoke;
pub(in crate::http) mod show;

use std::time::Duration;

use linekeeper_model::secret::Secret;
use linekeeper_storage::{Invitation, LinkHash, Tx};
use url::Url;

use crate::credentials::{grants, random};
use crate::http::answer::error::ApiError;
use crate::http::state::Http;

/// How long an invitation works.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Builds the link of an invitation. `base` is the URL of this server.
fn link(base: &Url, token: &Secret<String>) -> Secret<String> {
    let mut url = base.clone();
    url.set_path("/invitation");
    url.set_query(None);
    url.set_fragment(Some(token.expose()));
    Secret::new(url.into())
}

/// Finds the invitation with this token. If the invitation no longer works, the error does not say why.
async fn of_token(http: &Http, tx: &mut Tx, token: &Secret<String>) -> Result<Invitation, ApiError> {
    let hash = LinkHash(random::hash(token.expose()));
    let found = tx.invitations().by_token(&hash).await?.ok_or(ApiError::InvitationInvalid)?;
    require_holds(http, tx, &found).await?;
    Ok(found)
}

/// Refuses an invitation if its maker would no longer be allowed to make it.
async fn require_holds(http: &Http, tx: &mut Tx, invitation: &Invitation) -> Result<(), ApiError> {
    let holds = grants::invitation_holds(tx, invitation, http.clock.now()).await?;
    if holds { Ok(()) } else { Err(ApiError::InvitationInvalid) }
}
