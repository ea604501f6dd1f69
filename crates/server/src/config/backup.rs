//! Where backups go, and how often.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::place::{Place, place};

/// Backups.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Where backups go. If unset, the server makes none.
    #[serde(default, deserialize_with = "place")]
    pub to: Option<Place>,
    /// Hours between two backups; 0 for no backups.
    pub every: u32,
    /// How many are kept.
    pub keep: NonZeroU32,
}

impl Backup {
    /// How often the server makes a backup; `None` for never.
    pub const fn period(&self) -> Option<Duration> {
        match (&self.to, self.every) {
            (None, _) | (_, 0) => None,
            (_, hours) => Some(Duration::from_secs(hours as u64 * 60 * 60)),
        }
    }
}
