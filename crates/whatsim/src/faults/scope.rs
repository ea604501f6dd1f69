//! Whom a fault hits: everybody, one number, or one linked device.

use crate::world::DeviceAddress;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Whom a fault hits. In JSON: `"all"`, `"15550000001"` or `"15550000001:1"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Scope {
    /// Every connection, including those that are pairing.
    All,
    /// Every linked device of one number. A fault that hits whole accounts hits the account with this number.
    Number(String),
    /// One linked device.
    Device(DeviceAddress),
}

/// Something that a fault may hit. `Scope::covers` says whether a fault with that scope hits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A connection whose device is not known yet, because it is pairing or its handshake is not finished.
    Unknown,
    /// A linked device.
    Device(&'a str, u16),
    /// An account with its phone, as a whole.
    Account(&'a str),
    /// The phone of an account, as the receiver of a message. Only a scope that names device 0 of the account covers
    /// it.
    Phone(&'a str),
}

impl<'a> From<Option<&'a DeviceAddress>> for Target<'a> {
    fn from(owner: Option<&'a DeviceAddress>) -> Self {
        owner.map_or(Self::Unknown, |o| Self::Device(&o.number, o.device))
    }
}

impl Scope {
    /// Whether a fault with this scope hits this target.
    pub fn covers(&self, target: Target<'_>) -> bool {
        match (self, target) {
            (Self::Device(address), Target::Phone(who)) => address.number == who && address.device == 0,
            (_, Target::Phone(_)) => false,
            (Self::All, _) => true,
            (Self::Number(number), Target::Device(who, _) | Target::Account(who)) => number == who,
            (Self::Device(address), Target::Device(who, device)) => {
                address.number == who && address.device == device
            }
            (Self::Device(_), Target::Account(_)) | (_, Target::Unknown) => false,
        }
    }
}

/// A scope that is neither `all`, a number, nor `number:device`.
#[derive(Debug, thiserror::Error)]
#[error("scope must be \"all\", a number such as \"15550000001\" or a device such as \"15550000001:1\"")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if text == "all" {
            return Ok(Self::All);
        }
        match text.split_once(':') {
            Some((number, device)) if digits(number) && digits(device) => {
                let device = device.parse().map_err(|_| ScopeError)?;
                Ok(Self::Device(DeviceAddress { number: number.to_owned(), device }))
            }
            None if digits(text) => Ok(Self::Number(text.to_owned())),
            _ => Err(ScopeError),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Number(number) => f.write_str(number),
            Self::Device(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        text.parse().unwrap()
    }

    #[test]
    fn a_scope_covers_only_its_own_targets() {
        let device = Target::Device("15550000001", 2);
        assert!(scope("all").covers(device));
        assert!(scope("all").covers(Target::Unknown));
        assert!(scope("15550000001").covers(device));
        assert!(scope("15550000001:2").covers(device));
        assert!(!scope("15550000001:3").covers(device));
        assert!(!scope("15550000002").covers(device));
        assert!(!scope("1555000000").covers(device), "no prefix match");
        assert!(!scope("15550000001").covers(Target::Unknown));
        assert!(scope("15550000001").covers(Target::Account("15550000001")));
        assert!(!scope("15550000001:2").covers(Target::Account("15550000001")));
        let phone = Target::Phone("15550000001");
        assert!(scope("15550000001:0").covers(phone));
        assert!(!scope("15550000001").covers(phone) && !scope("all").covers(phone));
    }

    #[test]
    fn a_scope_is_written_as_text_in_json() {
        for text in ["all", "15550000001", "15550000001:2"] {
            let json = serde_json::to_string(&scope(text)).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope(text));
        }
        for bad in ["", "everyone", "1555:", ":1", "1555:70000", "+1555"] {
            assert!(bad.parse::<Scope>().is_err(), "{bad:?} is no scope");
        }
    }
}
