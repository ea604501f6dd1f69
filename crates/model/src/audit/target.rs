//! What an audited action was done to.

use uuid::Uuid;

use crate::id::{AccountId, ApiKeyId, InvitationId, PairingLinkId, SignInId, UserId, WebhookId, WorkspaceId};

/// A thing by its kind and id. It may no longer exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The kind of thing.
    pub kind: TargetKind,
    /// The id of the target.
    pub id: Uuid,
}

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident = $code:literal $(from $id:ty)?;)+) => {
        /// What a target is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum TargetKind {
            $($(#[$doc])* $name,)+
        }

        impl TargetKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The text that other programs know it by.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The reverse of [`TargetKind::code`].
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
    /// A tenant.
    Workspace = "workspace" from WorkspaceId;
    /// A person.
    User = "user" from UserId;
    /// A WhatsApp account.
    Account = "account" from AccountId;
    /// A key for programs.
    ApiKey = "apiKey" from ApiKeyId;
    /// A webhook.
    Webhook = "webhook" from WebhookId;
    /// A sign-in.
    SignIn = "signIn" from SignInId;
    /// A pairing link.
    PairingLink = "pairingLink" from PairingLinkId;
    /// An invitation.
    Invitation = "invitation" from InvitationId;
}
