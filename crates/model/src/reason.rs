//! What a status consists of: one of four states, a reason with a code, a sentence for people and a proposed
//! action. Other programs rely on the codes, so a code is never renamed.

use serde::{Deserialize, Serialize};

/// The state of an account: one of four. Other programs may rely on this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConnectionStatus {
    /// The account is offline, and nobody wants it online.
    Disconnected,
    /// The account is coming online. Nobody has to act, unless a pairing waits for the phone.
    Connecting,
    /// The account is online.
    Connected,
    /// The account is offline, and a person must act.
    Failed,
}

/// What a person should do about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Nothing has to be done, because the problem ends by itself.
    Wait,
    /// Link the account to a phone.
    Link,
    /// Resume the paused account.
    Resume,
    /// Scan the QR code or type the pairing code on the phone.
    Pair,
    /// Follow the passkey steps on the phone.
    Passkey,
    /// Check the network or the proxy.
    CheckNetwork,
    /// Update linekeeper to a newer version.
    Update,
    /// Ask the administrator: the stored session cannot be decrypted, or another server uses it.
    AskAdministrator,
    /// Open WhatsApp on the phone and follow its instructions.
    CheckPhone,
    /// Send fewer messages, and only to people who know the account.
    SlowDown,
    /// Remove this device on the phone, under Linked devices, or wait until the server has logged it out.
    RemoveDevice,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $state:ident, $action:ident, $message:literal;)+) => {
        /// Why an account is in its state.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $name,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code in the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The state that the reason belongs to.
            pub const fn state(self) -> ConnectionStatus {
                match self { $(Self::$name => ConnectionStatus::$state,)+ }
            }

            /// What a person should do.
            pub const fn action(self) -> Action {
                match self { $(Self::$name => Action::$action,)+ }
            }

            /// A sentence for people.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)+ }
            }
        }
    };
}

reasons! {
    /// The account was never linked, or its session was destroyed.
    NotLinked = "not_linked", Disconnected, Link, "This account is not linked to a phone.";
    /// The operator paused the account.
    Paused = "paused", Disconnected, Resume, "This account is paused.";
    /// The operator logged the account out.
    UserDisconnected = "user_disconnected", Disconnected, Link, "This account was disconnected and logged out.";
    /// The device is not used any more, but it is not logged out at WhatsApp yet.
    LogoutPending = "logout_pending", Disconnected, RemoveDevice, "The phone still lists this device, because WhatsApp could not be told yet. Remove it on the phone, or wait: it is logged out as soon as WhatsApp can be reached.";
    /// The pairing expired before a phone was linked.
    QrExpired = "qr_expired", Disconnected, Link, "Nobody scanned the QR code in time.";
    /// A QR code or a pairing code is shown and waits for the phone.
    Pairing = "pairing", Connecting, Pair, "Waiting for the phone to link this account.";
    /// A passkey protects the account, and WhatsApp asks for it.
    PasskeyRequired = "passkey_required", Connecting, Passkey, "WhatsApp asks for this account's passkey.";
    /// A person must confirm the passkey.
    PasskeyConfirmation = "passkey_confirmation", Connecting, Passkey, "Confirm the passkey on the phone.";
    /// The phone agreed to link. WhatsApp restarts the connection once (code 515).
    Linking = "linking", Connecting, Wait, "The phone agreed; finishing the link.";
    /// The connection is being opened.
    Connecting = "connecting", Connecting, Wait, "Connecting to WhatsApp.";
    /// The network connection broke or could not be opened.
    NetworkLost = "network_lost", Connecting, Wait, "The connection to WhatsApp was lost; trying again.";
    /// WhatsApp closed the connection.
    ServerClosed = "server_closed", Connecting, Wait, "WhatsApp closed the connection; trying again.";
    /// The server received nothing on the open connection for too long.
    KeepaliveTimeout = "keepalive_timeout", Connecting, Wait, "WhatsApp stopped answering; trying again.";
    /// WhatsApp sent the code 500 or 503.
    ServiceUnavailable = "service_unavailable", Connecting, Wait, "WhatsApp is unavailable for the moment; trying again.";
    /// WhatsApp sent the code 429.
    RateLimited = "rate_limited", Connecting, Wait, "WhatsApp asks to slow down; trying again later.";
    /// No server has taken over this account yet.
    WaitingForNode = "waiting_for_node", Connecting, Wait, "Waiting for a server to take this account.";
    /// The account is logged in.
    Online = "online", Connected, None, "Connected.";
    /// All scheduled attempts to connect failed.
    RetriesExhausted = "retries_exhausted", Failed, CheckNetwork, "WhatsApp could not be reached after several attempts. Check this server's network.";
    /// WhatsApp no longer accepts the session.
    LoggedOut = "logged_out", Failed, Link, "WhatsApp logged this account out. Link it again.";
    /// The device was removed on the phone, under Linked devices.
    DeviceRemoved = "device_removed", Failed, Link, "This device was removed on the phone. Link it again.";
    /// The phone or WhatsApp refused to link the account.
    PairingRejected = "pairing_rejected", Failed, Link, "WhatsApp refused the link. Try again.";
    /// The code that was typed on the phone is not the code that was shown.
    WrongPairingCode = "wrong_pairing_code", Failed, Link, "A wrong code was typed on the phone. Ask for a new code, and type exactly that one.";
    /// WhatsApp makes no pairing code for the number, because it does not know the number.
    NumberNotFound = "number_not_found", Failed, Link, "WhatsApp gave no code for this number: it is probably not on WhatsApp. Check the number and its country code, or scan the QR code.";
    /// Too many pairing codes were requested.
    PairingThrottled = "pairing_throttled", Failed, Link, "WhatsApp gives out no more codes for this number for a while. Scan the QR code, or try again later.";
    /// A phone with another number than expected was linked.
    PhoneMismatch = "phone_mismatch", Failed, Link, "Another phone than the expected one was linked. It is logged out again as soon as WhatsApp can be reached.";
    /// Another program uses the same session.
    Replaced = "replaced", Failed, AskAdministrator, "This session was opened somewhere else. Make sure that only one server uses it, then connect again.";
    /// WhatsApp banned the account for a limited time.
    TemporarilyBanned = "temporarily_banned", Failed, CheckPhone, "WhatsApp banned this account for a time.";
    /// WhatsApp locked the account.
    AccountLocked = "account_locked", Failed, CheckPhone, "WhatsApp locked this account. Open WhatsApp on the phone and follow its steps.";
    /// WhatsApp no longer accepts the version of the client.
    ClientOutdated = "client_outdated", Failed, Update, "WhatsApp no longer accepts this version. Update linekeeper.";
    /// The stored session cannot be decrypted.
    SessionUnreadable = "session_unreadable", Failed, AskAdministrator, "The stored session cannot be read. Check the encryption key, or link again.";
    /// The proxy does not work.
    ProxyFailed = "proxy_failed", Failed, CheckNetwork, "The proxy of this account does not work.";
    /// WhatsApp refused the connection with a code for which there is no other reason in this list.
    Refused = "refused", Failed, CheckPhone, "WhatsApp refused the connection.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_match_what_serde_writes() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
    }

    #[test]
    fn a_reason_with_the_action_wait_belongs_to_the_connecting_state() {
        for reason in Reason::ALL {
            if reason.action() == Action::Wait {
                assert_eq!(reason.state(), ConnectionStatus::Connecting, "{reason:?}");
            }
        }
    }
}
