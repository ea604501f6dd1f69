//! Links to set a new password. A person requests a link on the sign-in page and gets it by email, or the operator
//! makes one on the command line. Only the newest link of a user works.

use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::audit::{Action, By};
use linekeeper_model::id::UserId;
use linekeeper_model::secret::Secret;
use linekeeper_storage::{LinkHash, StorageError, Tx};
use url::Url;

use super::random;

/// How long such a link works.
pub const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Creates the token of a link. Writes an audit entry for the oldest workspace of `user`, or for the installation
/// if the user has no workspace.
pub async fn offer(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
    by: &By,
) -> Result<Secret<String>, StorageError> {
    let token = random::secret_text(&mut rand::rng());
    tx.password_resets().delete_expired().await?;
    tx.password_resets().put(user, &LinkHash(random::hash(token.expose())), now + LIFETIME).await?;
    let workspace = tx.members().of_user(user).await?.first().map(|member| member.workspace_id);
    tx.audit().append(&by.did(workspace, Action::PasswordResetRequested).on(user)).await?;
    Ok(token)
}

/// The link with this token, on the server at `base`. The token is in the URL's fragment (after `#`), which
/// browsers do not send to servers.
pub fn link(base: &Url, token: &Secret<String>) -> Secret<String> {
    let mut url = base.clone();
    url.set_path("/reset-password");
    url.set_query(None);
    url.set_fragment(Some(token.expose()));
    Secret::new(url.into())
}
