//! The thing that an audited action changed.

use uuid::Uuid;

use crate::id::{AccountId, ApiKeyId, InvitationId, PairingLinkId, SignInId, UserId, WebhookId, WorkspaceId};

/// A thing by its kind and id. The thing may have been deleted since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The kind of thing.
    pub kind: TargetKind,
    /// The id of the thing.
    pub id: Uuid,
}

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident = $code:literal $(from $id:ty)?;)+) => {
        /// The kind of a target.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum TargetKind {
            $($(#[$doc])* $name,)+
        }

        impl TargetKind {
            /// All kinds of targets.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The kind's code in the audit log and the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// Finds the kind with this code.
            pub fn of(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.code() == code)
            }
        }

        $($(
            impl From<$id> for Target {
                fn from(id: $id) -> Self {
                    Self { kind: TargetKind::$name, id: id.as_uuid() }
                }
            }
        )?)+
    };
}

targets! {
    /// A workspace.
    Workspace = "workspace" from WorkspaceId;
    /// A user.
    User = "user" from UserId;
    /// A WhatsApp account.
    Account = "account" from AccountId;
    /// An API key.
    ApiKey = "apiKey" from ApiKeyId;
    /// A webhook.
    Webhook = "webhook" from WebhookId;
    /// A user's sign-in.
    SignIn = "signIn" from SignInId;
    /// A pairing link.
    PairingLink = "pairingLink" from PairingLinkId;
    /// An invitation.
    Invitation = "invitation" from InvitationId;
}
