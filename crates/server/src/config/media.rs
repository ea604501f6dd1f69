//! Files of messages: how large they may be, for how long they stay, and where they lie.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::place::{Place, place};
use super::sections::days;

/// See the module.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// The largest one that is taken or fetched, in MB.
    pub max_size: NonZeroU32,
    /// Days for which they are kept; 0 for ever.
    pub keep_days: u32,
    /// Where new ones go; `media` in the data directory when unset.
    #[serde(default, deserialize_with = "place")]
    pub to: Option<Place>,
}

impl Media {
    /// Most bytes of a file.
    pub fn most(&self) -> u64 {
        u64::from(self.max_size.get()) * 1_000_000
    }

    /// For how long files are kept; `None` for ever.
    pub const fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }
}
