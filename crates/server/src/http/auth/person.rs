//! A type for people who signed in to linekeeper. Some routes accept only these people. These routes accept neither API
//! keys nor tokens of other programs.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use linekeeper_model::id::SignInId;

use super::{Caller, Via};
use crate::http::answer::error::ApiError;
use crate::http::state::Shared;

/// A person who signed in to linekeeper.
pub(in crate::http) struct Person {
    caller: Caller,
    /// The sign-in that the access token belongs to.
    pub sign_in: SignInId,
}

impl Deref for Person {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Caller {
    /// Returns the sign-in, if the caller is a person who signed in to linekeeper.
    pub fn sign_in(&self) -> Result<SignInId, ApiError> {
        match self.via() {
            Via::AccessToken(sign_in) => Ok(sign_in),
            Via::ApiKey(_) | Via::ForeignToken => Err(ApiError::SignInNeeded),
        }
    }
}

impl FromRequestParts<Shared> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, http).await?;
        let sign_in = caller.sign_in()?;
        caller.require_patience(&parts.method)?;
        Ok(Self { sign_in, caller })
    }
}
