//! Reads the ids in the path of a request.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use linekeeper_model::id::{
    AccountId, ApiKeyId, ChatId, ContactId, DeliveryId, InvitationId, MediaId, MessageId, PairingLinkId,
    SignInId, UserId, WebhookId, WorkspaceId,
};
use serde::de::DeserializeOwned;

use crate::http::answer::error::ApiError;

/// The account and the pairing link in a path.
pub(in crate::http) struct PairingLinkPath(pub AccountId, pub PairingLinkId);

impl<S: Send + Sync> FromRequestParts<S> for PairingLinkPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (account, link) = texts::<(String, String), S>(parts, state).await?;
        Ok(Self(id(&account)?, id(&link)?))
    }
}

macro_rules! parts_of_accounts {
    ($($(#[$doc:meta])* $name:ident($id:ty);)+) => {$(
        $(#[$doc])*
        pub(in crate::http) struct $name(pub AccountId, pub $id);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
                let (account, part) = texts::<(String, String), S>(parts, state).await?;
                Ok(Self(id(&account)?, id(&part)?))
            }
        }
    )+};
}

parts_of_accounts! {
    /// The account and its message in a path.
    MessagePath(MessageId);
    /// The account and its file in a path.
    MediaPath(MediaId);
    /// The account and its chat in a path.
    ChatPath(ChatId);
    /// The account and the person in a path.
    ContactPath(ContactId);
}

/// The account and the user in a path.
pub(in crate::http) struct SharePath(pub AccountId, pub UserId);

impl<S: Send + Sync> FromRequestParts<S> for SharePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (account, user) = texts::<(String, String), S>(parts, state).await?;
        Ok(Self(id(&account)?, id(&user)?))
    }
}

/// The webhook and its delivery in a path.
pub(in crate::http) struct DeliveryPath(pub WebhookId, pub DeliveryId);

impl<S: Send + Sync> FromRequestParts<S> for DeliveryPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (webhook, delivery) = texts::<(String, String), S>(parts, state).await?;
        Ok(Self(id(&webhook)?, id(&delivery)?))
    }
}

macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident($id:ty);)+) => {$(
        $(#[$doc])*
        pub(in crate::http) struct $name(pub $id);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
                id(&texts::<String, S>(parts, state).await?).map(Self)
            }
        }
    )+};
}

paths! {
    /// The account in a path. `reach` checks whether the account exists and whether the caller may use it.
    AccountPath(AccountId);
    /// The API key in a path.
    ApiKeyPath(ApiKeyId);
    /// The webhook in a path.
    WebhookPath(WebhookId);
    /// The user in a path.
    UserPath(UserId);
    /// The sign-in in a path.
    SignInPath(SignInId);
    /// The workspace in a path.
    WorkspacePath(WorkspaceId);
    /// The invitation in a path.
    InvitationPath(InvitationId);
}

/// The texts in the path. Percent-encoded bytes that are not UTF-8 are refused.
async fn texts<T, S>(parts: &mut Parts, state: &S) -> Result<T, ApiError>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    Path::<T>::from_request_parts(parts, state).await.map(|path| path.0).map_err(|_| ApiError::InvalidId)
}

fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::InvalidId)
}
