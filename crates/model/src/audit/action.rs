//! The actions of the audit log, each with a code that other programs may rely on. A code is lower case with a
//! dot, and it is never renamed.

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

            /// The action's code in the audit log and the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignedIn = "auth.signed_in";
    /// Somebody tried to sign in with a wrong password, a wrong code or an unknown address.
    SignInFailed = "auth.sign_in_failed";
    /// Somebody signed out.
    SignedOut = "auth.signed_out";
    /// A refresh token was used a second time. That ended the sign-in.
    TokenReused = "auth.token_reused";
    /// Somebody ended one of their sign-ins.
    SignInEnded = "auth.sign_in_ended";
    /// Somebody switched to another workspace.
    WorkspaceEntered = "auth.workspace_entered";
    /// Somebody changed their password.
    PasswordChanged = "auth.password_changed";
    /// Somebody asked for a link for setting a new password.
    PasswordResetRequested = "auth.password_reset_requested";
    /// Somebody set a new password without knowing the old one.
    PasswordReset = "auth.password_reset";
    /// Somebody started to set up a second factor. It is not on yet.
    TotpPrepared = "auth.totp_prepared";
    /// Somebody turned on a second factor. From now on, signing in asks for it.
    TotpEnabled = "auth.totp_enabled";
    /// Somebody got new recovery codes. The old ones no longer work.
    RecoveryCodesReplaced = "auth.recovery_codes_replaced";
    /// Somebody turned off the second factor. Signing in no longer asks for it.
    TotpDisabled = "auth.totp_disabled";
    /// The first Owner was created, together with a workspace.
    OwnerCreated = "owner.created";
    /// A workspace was created.
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
    /// An invitation was withdrawn.
    InvitationRevoked = "invitation.revoked";
    /// An API key was created.
    ApiKeyCreated = "api_key.created";
    /// An API key was changed.
    ApiKeyUpdated = "api_key.updated";
    /// An API key was deleted.
    ApiKeyDeleted = "api_key.deleted";
    /// A webhook was created.
    WebhookCreated = "webhook.created";
    /// A webhook was changed.
    WebhookUpdated = "webhook.updated";
    /// A webhook was deleted.
    WebhookDeleted = "webhook.deleted";
    /// A webhook got a new secret.
    WebhookSecretRotated = "webhook.secret_rotated";
    /// A test event was sent to a webhook.
    WebhookTested = "webhook.tested";
    /// A webhook was paused.
    WebhookPaused = "webhook.paused";
    /// A webhook was resumed.
    WebhookResumed = "webhook.resumed";
    /// Events were sent to a webhook again, on request.
    WebhookReplayed = "webhook.replayed";
    /// An account was created.
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
    /// Somebody tested whether WhatsApp can be reached through a proxy.
    ProxyTested = "account.proxy_tested";
    /// An account was deleted.
    AccountDeleted = "account.deleted";
    /// Somebody asked for a pairing code.
    PairingCodeRequested = "account.pairing_code_requested";
    /// A caller sent a passkey's answer, and the server passed it to WhatsApp.
    PasskeyAnswered = "account.passkey_answered";
    /// Somebody confirmed that the phone and the server show the same code.
    PasskeyConfirmed = "account.passkey_confirmed";
    /// An account was shared with a member.
    AccountShared = "account.shared";
    /// An account is no longer shared with a member.
    AccountUnshared = "account.unshared";
    /// A pairing link was created.
    PairingLinkCreated = "pairing_link.created";
    /// A pairing link was withdrawn.
    PairingLinkRevoked = "pairing_link.revoked";
    /// A pairing link was opened.
    PairingLinkOpened = "pairing_link.opened";
    /// Somebody started a new pairing window on the page behind a pairing link.
    PairingWindowRequested = "pairing_link.window_requested";
    /// Somebody asked for a pairing code on the page behind a pairing link.
    PairingPageCodeRequested = "pairing_link.code_requested";
    /// The data of a contact was erased.
    ContactErased = "contact.erased";
    /// The rotation of the master key was started, or continued after an interruption.
    KeyRotationStarted = "keys.rotation_started";
    /// The rotation of the master key is complete.
    KeysRotated = "keys.rotated";
    /// A backup was created.
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
    fn each_audit_action_has_a_code_of_lowercase_words() {
        for action in Action::ALL {
            assert_eq!(action.code().parse(), Ok(*action));
            let (subject, verb) = action.code().split_once('.').unwrap();
            let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(plain(subject) && plain(verb), "{action}");
        }
        assert_eq!("auth".parse::<Action>(), Err(UnknownAction));
    }
}
