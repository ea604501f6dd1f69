//! The actions of the audit log, as codes that other programs may rely on. Codes are dotted lower case and are never
//! renamed.

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

            /// The text that other programs know it by.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignedIn = "auth.signed_in";
    /// Somebody gave a wrong password or code, or an unknown user.
    SignInFailed = "auth.sign_in_failed";
    /// Somebody signed out.
    SignedOut = "auth.signed_out";
    /// A refresh token was used a second time, which ended its sign-in.
    TokenReused = "auth.token_reused";
    /// Somebody ended one of their sign-ins.
    SignInEnded = "auth.sign_in_ended";
    /// Somebody went to another workspace.
    WorkspaceEntered = "auth.workspace_entered";
    /// Somebody changed their password.
    PasswordChanged = "auth.password_changed";
    /// Somebody asked for a link to set a new password.
    PasswordResetRequested = "auth.password_reset_requested";
    /// A password was replaced without the old one.
    PasswordReset = "auth.password_reset";
    /// Somebody asked for a second factor. It is not on yet.
    TotpPrepared = "auth.totp_prepared";
    /// Signing in asks for a second factor from now on.
    TotpEnabled = "auth.totp_enabled";
    /// Somebody got new recovery codes, and the old ones stopped working.
    RecoveryCodesReplaced = "auth.recovery_codes_replaced";
    /// Signing in no longer asks for a second factor.
    TotpDisabled = "auth.totp_disabled";
    /// The first Owner was created, with a workspace.
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
    /// Events were sent to a webhook again, on request.
    WebhookReplayed = "webhook.replayed";
    /// An account was made.
    AccountCreated = "account.created";
    /// Somebody asked to link an account or to bring it online.
    AccountConnected = "account.connected";
    /// Somebody asked to log an account out.
    AccountDisconnected = "account.disconnected";
    /// Somebody asked to pause an account.
    AccountPaused = "account.paused";
    /// Somebody asked to resume an account.
    AccountResumed = "account.resumed";
    /// An account was changed.
    AccountUpdated = "account.updated";
    /// The way to WhatsApp through a proxy was tried.
    ProxyTested = "account.proxy_tested";
    /// An account was deleted.
    AccountDeleted = "account.deleted";
    /// Somebody asked for a pairing code.
    PairingCodeRequested = "account.pairing_code_requested";
    /// The answer of a passkey was passed to WhatsApp.
    PasskeyAnswered = "account.passkey_answered";
    /// Somebody confirmed that both sides show the same code.
    PasskeyConfirmed = "account.passkey_confirmed";
    /// An account was shared with a member.
    AccountShared = "account.shared";
    /// An account is no longer shared with a member.
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
    /// A rotation of the master key was started or continued.
    KeyRotationStarted = "keys.rotation_started";
    /// The master key was rotated.
    KeysRotated = "keys.rotated";
    /// A backup was made.
    BackupCreated = "backup.created";
    /// This installation was restored from a backup.
    BackupRestored = "backup.restored";
}

/// The text is not the code of an action.
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
    fn each_action_has_its_own_plain_code() {
        for action in Action::ALL {
            assert_eq!(action.code().parse(), Ok(*action));
            let (subject, verb) = action.code().split_once('.').unwrap();
            let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(plain(subject) && plain(verb), "{action}");
        }
        assert_eq!("auth".parse::<Action>(), Err(UnknownAction));
    }
}
