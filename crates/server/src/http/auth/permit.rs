//! Permissions as types. The signature of a route names the permission that the route needs. A caller without it is
//! refused before the body is read.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use linekeeper_model::access::Permission;

use super::Caller;
use crate::http::answer::error::ApiError;
use crate::http::state::Shared;

/// A type that stands for one permission, or for several permissions of which the caller needs one.
pub(in crate::http) trait Needs: Send {
    /// The caller needs one of these permissions.
    const ANY_OF: &'static [Permission];
    /// Whether writes that need this permission add audit entries. If so, they count against the limit of writes of
    /// each person.
    const IS_BOUNDED: bool = true;
}

macro_rules! needs {
    ($($name:ident = $($permission:ident)|+),+ $(,)?) => {$(
        pub(in crate::http) struct $name;

        impl Needs for $name {
            const ANY_OF: &'static [Permission] = &[$(Permission::$permission),+];
        }
    )+};
}

needs! {
    Read = WhatsappRead,
    Connect = WhatsappConnect,
    Disconnect = WhatsappDisconnect,
    Update = WhatsappUpdate,
    Delete = WhatsappDelete,
    ReadMessages = MessagesRead,
    ReadEvents = WhatsappRead | MessagesRead,
    ManageWebhooks = WebhooksManage,
    ManageKeys = KeysManage,
    ReadAudit = AuditRead,
    ManageMembers = MembersManage,
    ManageWorkspace = WorkspaceManage,
}

/// Sending messages and uploading files adds no audit entries. The queue limits messages, and the disk limits files.
pub(in crate::http) struct SendMessages;

impl Needs for SendMessages {
    const ANY_OF: &'static [Permission] = &[Permission::MessagesSend];
    const IS_BOUNDED: bool = false;
}

/// A caller that has the permission `P`, or one of the permissions in `P`.
pub(in crate::http) struct Permitted<P>(Caller, PhantomData<P>);

impl<P> Deref for Permitted<P> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<P: Needs> FromRequestParts<Shared> for Permitted<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, http).await?;
        caller.require_any(P::ANY_OF)?;
        if P::IS_BOUNDED {
            caller.require_patience(&parts.method)?;
        }
        Ok(Self(caller, PhantomData))
    }
}
