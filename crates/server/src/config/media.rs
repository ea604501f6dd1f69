//! The settings for files of messages: their maximum size, how long they are kept, and where they are stored.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::place::{Place, place};
use super::sections::days;

/// The settings for files of messages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// The maximum size in MB of a file that the server accepts or fetches.
    pub max_size: NonZeroU32,
    /// The number of days for which files are kept. 0 means for ever.
    pub keep_days: u32,
    /// Where new files are stored. If unset, they are stored in the folder `media` of the data directory.
    #[serde(default, deserialize_with = "place")]
    pub to: Option<Place>,
}

impl Media {
    /// The maximum size of a file in bytes.
    pub fn most(&self) -> u64 {
        u64::from(self.max_size.get()) * 1_000_000
    }

    /// How long files are kept. `None` means for ever.
    pub const fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }
}
