//! What can be done, by codes that other programs may rely on. Dotted lower case; never rename one.

use std::fmt;
use std::str::FromStr;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The text by which other programs know it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignedIn = "auth.signed_in";
    /// Somebody showed a wrong password or code, or named somebody who is not known.
    SignInFailed = "auth.sign_in_failed";
    /// Somebody signed out.
    SignedOut = "auth.signed_out";
    /// A refresh token came a second time, which ended its sign-in.
    TokenReused = "auth.token_reused";
    /// Somebody ended one of their sign-ins.
    SignInEnded = "auth.sign_in_ended";
    /// Somebody went to another workspace.
    WorkspaceEntered = "auth.workspace_entered";
    /// Somebody changed their password.
    PasswordChanged = "auth.password_changed";
    /// A link to set a new password was asked for.
    PasswordResetRequested = "auth.password_reset_requested";
    /// A password was set anew without the old one.
    PasswordReset = "auth.password_reset";
    /// Somebody asked for a second factor; it is not on yet.
    TotpPrepared = "auth.totp_prepared";
    /// Signing in asks for a second factor from now on.
    TotpEnabled = "auth.totp_enabled";
    /// Somebody got fresh recovery codes, and lost those that they had.
    RecoveryCodesReplaced = "auth.recovery_codes_replaced";
    /// Signing in asks for no second factor any more.
    TotpDisabled = "auth.totp_disabled";
    /// The first Owner was made, with a workspace.
    OwnerCreated = "owner.created";
    /// A workspace was made.
    WorkspaceCreated = "workspace.created";
    /// A workspace was changed.
    WorkspaceUpdated = "workspace.updated";
    /// A workspace was deleted.
    WorkspaceDeleted = "workspace.deleted";
    /// Somebody became a member.
    MemberJoined = "member.joined";
    /// A member's role or notifications were changed.
    MemberUpdated = "member.updated";
    /// A member was removed.
    MemberRemoved = "member.removed";
    /// Somebody was invited.
    InvitationCreated = "invitation.created";
    /// An invitation was taken back.
    InvitationRevoked = "invitation.revoked";
    /// A key was made.
    ApiKeyCreated = "api_key.created";
    /// A key was changed.
    ApiKeyUpdated = "api_key.updated";
    /// A key was deleted.
    ApiKeyDeleted = "api_key.deleted";
    /// A webhook was made.
    WebhookCreated = "webhook.created";
    /// A webhook was changed.
    WebhookUpdated = "webhook.updated";
    /// A webhook was deleted.
    WebhookDeleted = "webhook.deleted";
    /// A webhook got a fresh secret.
    WebhookSecretRotated = "webhook.secret_rotated";
    /// A test event was sent to a webhook.
    WebhookTested = "webhook.tested";
    /// A webhook was paused.
    WebhookPaused = "webhook.paused";
    /// A webhook was resumed.
    WebhookResumed = "webhook.resumed";
    /// Events were sent to a webhook again.
    WebhookReplayed = "webhook.replayed";
    /// An account was made.
    AccountCreated = "account.created";
    /// An account is to be linked, or brought online.
    AccountConnected = "account.connected";
    /// An account is to be logged out.
    AccountDisconnected = "account.disconnected";
    /// An account is to be paused.
    AccountPaused = "account.paused";
    /// An account is to be resumed.
    AccountResumed = "account.resumed";
    /// An account was changed.
    AccountUpdated = "account.updated";
    /// The way to WhatsApp through a proxy was tried.
    ProxyTested = "account.proxy_tested";
    /// An account was deleted.
    AccountDeleted = "account.deleted";
    /// A pairing code was asked for.
    PairingCodeRequested = "account.pairing_code_requested";
    /// A passkey's answer was passed on.
    PasskeyAnswered = "account.passkey_answered";
    /// Somebody said that the codes on both sides are the same.
    PasskeyConfirmed = "account.passkey_confirmed";
    /// An account was shared with a member.
    AccountShared = "account.shared";
    /// An account is not shared with a member any more.
    AccountUnshared = "account.unshared";
    /// A pairing link was made.
    PairingLinkCreated = "pairing_link.created";
    /// A pairing link was taken back.
    PairingLinkRevoked = "pairing_link.revoked";
    /// A pairing link was opened.
    PairingLinkOpened = "pairing_link.opened";
    /// The page behind a pairing link asked for another window.
    PairingWindowRequested = "pairing_link.window_requested";
    /// The page behind a pairing link asked for a pairing code.
    PairingPageCodeRequested = "pairing_link.code_requested";
    /// A person's data was erased.
    ContactErased = "contact.erased";
    /// A rotation of the master key was begun, or taken up again.
    KeyRotationStarted = "keys.rotation_started";
    /// The master key was rotated.
    KeysRotated = "keys.rotated";
    /// A backup was made.
    BackupCreated = "backup.created";
    /// This installation was restored from a backup.
    BackupRestored = "backup.restored";
}

/// The text is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not an action of the audit log")]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL.iter().copied().find(|known| known.code() == text).ok_or(UnknownAction)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_plain_and_belong_to_one_action_each() {
        for action in Action::ALL {
            assert_eq!(action.code().parse(), Ok(*action));
            let (subject, verb) = action.code().split_once('.').unwrap();
            let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(plain(subject) && plain(verb), "{action}");
        }
        assert_eq!("auth".parse::<Action>(), Err(UnknownAction));
    }
}
