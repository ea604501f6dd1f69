//! A phone, the account that it is linked to, and what may have become of the link: the model that the server is held against.

use anyhow::{bail, ensure};
use serde_json::Value;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub number: String,
    pub account: Option<String>,
    /// Something happened that may end the link rightly.
    pub may_be_unlinked: bool,
    /// WhatsApp said that the device is removed while the phone went on listing it.
    pub lied_to: bool,
    /// A deletion was asked for.
    pub deleting: bool,
    /// What happened, the last thing last.
    pub story: Vec<String>,
    /// How often the link could have ended.
    pub lost: u64,
}

/// What the model makes of what the server says.
pub enum Verdict {
    /// As it should be in the end.
    Well,
    /// It comes back by itself.
    Wait,
    /// It waits for a code to be scanned.
    Scan,
    /// A plain `connect` must do.
    Connect,
    Resume,
    /// Deleted: a new account takes its place.
    Anew,
}

impl Person {
    /// Something happens that may end the link rightly. What was under way may be lost with it.
    pub const fn may_lose_link(&mut self) {
        self.may_be_unlinked = true;
        self.lost += 1;
    }

    /// Two equal values mean that nothing in between could end the link.
    pub const fn losses(&self) -> u64 {
        self.lost
    }

    pub fn note(&mut self, happened: impl Into<String>) {
        self.story.push(happened.into());
        let old = self.story.len().saturating_sub(30);
        self.story.drain(..old);
    }

    /// Judges what the server says of the account, once nothing goes wrong any more. `listed`: the devices that the phone
    /// lists.
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
                // The phone may be told a moment later than we are.
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

    /// It is online, and the phone lists this device alone: from now on nothing may end the link.
    pub fn is_well(&mut self) {
        (self.may_be_unlinked, self.lied_to, self.deleting) = (false, false, false);
        self.note("seen well");
    }
}
