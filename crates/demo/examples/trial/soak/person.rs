//! The model that the server is checked against: a phone, the account that it is linked to, and what may have
//! happened to the link.

use anyhow::{bail, ensure};
use serde_json::Value;

/// A phone and its account, as the module describes them.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub number: String,
    pub account: Option<String>,
    /// Something happened that may end the link.
    pub may_be_unlinked: bool,
    /// A fault of WhatsApp told the device that it is removed, while the phone still lists it.
    pub lied_to: bool,
    /// The deletion of the account was requested.
    pub deleting: bool,
    /// What happened, oldest first.
    pub story: Vec<String>,
    /// How often the link could have ended.
    pub lost: u64,
}

/// What to do about the account, according to the model.
pub enum Verdict {
    /// Nothing: the account is online.
    Well,
    /// Wait: the account comes back by itself.
    Wait,
    /// Scan a code: the account waits for it.
    Scan,
    /// Call `connect`, which must be enough.
    Connect,
    Resume,
    /// Create a new account: the old one is deleted.
    Anew,
}

impl Person {
    /// Records that the link may end, for example because the device is removed. Messages on their way may then be
    /// lost.
    pub const fn may_lose_link(&mut self) {
        self.may_be_unlinked = true;
        self.lost += 1;
    }

    /// How often the link could have ended. If two values are equal, nothing in between could end the link.
    pub const fn losses(&self) -> u64 {
        self.lost
    }

    pub fn note(&mut self, happened: impl Into<String>) {
        self.story.push(happened.into());
        let old = self.story.len().saturating_sub(30);
        self.story.drain(..old);
    }

    /// Checks what the server says about the account. Call it only when nothing goes wrong any more. `listed` is
    /// the number of devices that the phone lists.
    pub fn judge(&mut self, said: Option<&Value>, listed: usize) -> anyhow::Result<Verdict> {
        let Some(account) = said else {
            ensure!(self.deleting || self.account.is_none(), "gone, and nobody deleted it");
            return Ok(if self.lied_to || listed == 0 { Verdict::Anew } else { Verdict::Wait });
        };
        let reason = account["status"]["reason"].as_str().unwrap_or_default();
        Ok(match reason {
            "online" => {
                ensure!(listed >= 1, "online, and the phone does not list it");
                if listed == 1 || self.lied_to { Verdict::Well } else { Verdict::Wait }
            }
            "pairing" | "passkey_required" | "passkey_confirmation" => {
                ensure!(self.may_be_unlinked, "asks for a phone that it should not need");
                Verdict::Scan
            }
            "paused" => Verdict::Resume,
            "user_disconnected" | "not_linked" | "qr_expired" => {
                ensure!(self.may_be_unlinked, "its link is lost");
                // The phone may hear of the end of the link a moment later than the caller of the API.
                if self.lied_to || listed == 0 { Verdict::Connect } else { Verdict::Wait }
            }
            "logged_out" | "device_removed" | "pairing_rejected" => {
                ensure!(self.may_be_unlinked, "its link is lost");
                Verdict::Connect
            }
            "replaced" | "temporarily_banned" | "account_locked" | "client_outdated" | "refused" => {
                Verdict::Connect
            }
            "connecting"
            | "linking"
            | "network_lost"
            | "server_closed"
            | "keepalive_timeout"
            | "service_unavailable"
            | "rate_limited"
            | "waiting_for_node"
            | "retries_exhausted"
            | "logout_pending" => Verdict::Wait,
            other => bail!("{other} should not come to pass here"),
        })
    }

    /// Records that the account is online and that the phone lists only this device. From now on, nothing may end
    /// the link until [`Self::may_lose_link`].
    pub fn is_well(&mut self) {
        (self.may_be_unlinked, self.lied_to, self.deleting) = (false, false, false);
        self.note("seen well");
    }
}
