//! A chain's end, for people to note elsewhere: what was cut off after it was noted shows.

use std::fmt;
use std::str::FromStr;

/// In the place of a workspace's id.
const INSTALLATION: &str = "installation";

/// The last entry of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its place.
    pub seq: u64,
    /// Its `mac`.
    pub mac: [u8; 32],
}

/// A head as it was printed once: `WORKSPACE:SEQ:MAC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedHead {
    /// The workspace's id; empty for the installation.
    pub chain: String,
    /// What its end was.
    pub head: Head,
}

/// The text is no head.
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
    fn heads_survive_text() {
        let noted = NotedHead { chain: String::new(), head: Head { seq: 7, mac: [0xab; 32] } };
        assert!(noted.to_string().starts_with("installation:7:abab"));
        assert_eq!(noted.to_string().parse(), Ok(noted.clone()));
        for text in ["", "a:1", "a:x:00", "a:1:00", &format!("{noted}:"), &format!("{noted}00")] {
            assert_eq!(text.parse::<NotedHead>(), Err(InvalidHead), "{text}");
        }
    }
}
