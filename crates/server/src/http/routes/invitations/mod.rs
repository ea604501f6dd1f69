//! Invitations: made by whoever manages members, accepted by whoever opens their link. The link's token lives in the
//! fragment of its address, which browsers keep from servers, and works once.

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

/// The link to send, on the server at `base`.
fn link(base: &Url, token: &Secret<String>) -> Secret<String> {
    let mut url = base.clone();
    url.set_path("/invitation");
    url.set_query(None);
    url.set_fragment(Some(token.expose()));
    Secret::new(url.into())
}

/// The invitation of that token. Of one that does not work any more nothing is told.
async fn of_token(http: &Http, tx: &mut Tx, token: &Secret<String>) -> Result<Invitation, ApiError> {
    let hash = LinkHash(random::hash(token.expose()));
    let found = tx.invitations().by_token(&hash).await?.ok_or(ApiError::InvitationInvalid)?;
    require_holds(http, tx, &found).await?;
    Ok(found)
}

/// Refuses an invitation that its maker could not make any more.
async fn require_holds(http: &Http, tx: &mut Tx, invitation: &Invitation) -> Result<(), ApiError> {
    let holds = grants::invitation_holds(tx, invitation, http.clock.now()).await?;
    if holds { Ok(()) } else { Err(ApiError::InvitationInvalid) }
}
