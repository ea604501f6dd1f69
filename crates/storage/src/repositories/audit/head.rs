//! The last entry of a chain, as a text that an operator notes outside of linekeeper. With it, linekeeper can
//! later detect that entries were removed from the end of the chain.

use std::fmt;
use std::str::FromStr;

/// The word for the installation's chain, which has no workspace id.
const INSTALLATION: &str = "installation";

/// The last entry of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the entry in the chain.
    pub seq: u64,
    /// The entry's `mac`.
    pub mac: [u8; 32],
}

/// The last entry of a chain at an earlier time, as `linekeeper audit verify` printed it: `WORKSPACE:SEQ:MAC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedHead {
    /// The id of the chain's workspace; empty for the installation's chain.
    pub chain: String,
    /// The entry that was the last one at that time.
    pub head: Head,
}

/// The text is not `WORKSPACE:SEQ:MAC`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be WORKSPACE:SEQ:MAC as `linekeeper audit verify` prints it")]
pub struct InvalidHead;

impl FromStr for NotedHead {
    type Err = InvalidHead;

    fn from_str(text: &str) -> Result<Self, InvalidHead> {
        let mut parts = text.split(':');
        let (Some(chain), Some(seq), Some(mac), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidHead);
        };
        let mac = hex::decode(mac).ok().and_then(|mac| mac.try_into().ok());
        let chain = if chain == INSTALLATION { "" } else { chain };
        Ok(Self {
            chain: chain.to_owned(),
            head: Head { seq: seq.parse().map_err(|_| InvalidHead)?, mac: mac.ok_or(InvalidHead)? },
        })
    }
}

impl fmt::Display for NotedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = if self.chain.is_empty() { INSTALLATION } else { &self.chain };
        write!(f, "{chain}:{}:{}", self.head.seq, hex::encode(self.head.mac))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_head_is_read_back_from_text() {
        let noted = NotedHead { chain: String::new(), head: Head { seq: 7, mac: [0xab; 32] } };
        assert!(noted.to_string().starts_with("installation:7:abab"));
        assert_eq!(noted.to_string().parse(), Ok(noted.clone()));
        for text in ["", "a:1", "a:x:00", "a:1:00", &format!("{noted}:"), &format!("{noted}00")] {
            assert_eq!(text.parse::<NotedHead>(), Err(InvalidHead), "{text}");
        }
    }
}
