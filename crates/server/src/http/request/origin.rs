//! The origin of a request, as the audit log stores it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use linekeeper_model::audit::{Actor, By, Origin};

use super::client_address::{Behind, ClientIp, Peer};
use super::request_id::RequestId;

/// The origin of a request, whether or not the sender has proven who it is.
pub(in crate::http) struct CalledFrom(pub Origin);

impl CalledFrom {
    pub fn of(parts: &Parts, server: &impl Behind) -> Self {
        let id = parts.extensions.get::<RequestId>();
        let peer = parts.extensions.get::<Peer>();
        Self(Origin {
            request_id: id.map(|id| id.as_str().to_owned()),
            // If the peer is a trusted proxy, this is the address of the proxy's client.
            address: peer.map(|_| ClientIp::of(parts, server).0),
        })
    }

    /// Returns the actor and the origin for the audit log, if the sender has not proven who it is.
    pub fn nobody(&self) -> By {
        self.by(Actor::Nobody)
    }

    /// Returns the actor and the origin for the audit log, if the sender has proven to be `actor`.
    pub fn by(&self, actor: Actor) -> By {
        By { actor, origin: self.0.clone() }
    }
}

impl<S: Behind> FromRequestParts<S> for CalledFrom {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts, server))
    }
}
