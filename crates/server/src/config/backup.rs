//! Where backups go, and how often.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::place::{Place, place};

/// Backups.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Where they go; none are made by the server when unset.
    #[serde(default, deserialize_with = "place")]
    pub to: Option<Place>,
    /// Hours between two of them; 0 for none.
    pub every: u32,
    /// How many are kept.
    pub keep: NonZeroU32,
}

impl Backup {
    /// How often the server makes one; `None` for never.
    pub const fn period(&self) -> Option<Duration> {
        match (&self.to, self.every) {
            (None, _) | (_, 0) => None,
            (_, hours) => Some(Duration::from_secs(hours as u64 * 60 * 60)),
        }
    }
}
