//! The end of a chain, for people to note elsewhere. If entries are removed after it was noted, this can be detected.

use std::fmt;
use std::str::FromStr;

/// Written in place of a workspace's id.
const INSTALLATION: &str = "installation";

/// The last entry of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last entry's place.
    pub seq: u64,
    /// The last entry's `mac`.
    pub mac: [u8; 32],
}

/// A head as it was printed before: `WORKSPACE:SEQ:MAC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedHead {
    /// The workspace's id; empty for the installation.
    pub chain: String,
    /// The chain's end, as somebody noted it.
    pub head: Head,
}

/// The text is not a head.
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
