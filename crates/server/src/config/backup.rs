//! Where backups go, and how often.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::place::{Place, place};

/// The settings for backups.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Where backups are stored. If unset, the server makes no backups.
    #[serde(default, deserialize_with = "place")]
    pub to: Option<Place>,
    /// The number of hours between two backups. 0 means no backups.
    pub every: u32,
    /// The number of backups to keep.
    pub keep: NonZeroU32,
}

impl Backup {
    /// How often the server makes a backup. `None` means never.
    pub const fn period(&self) -> Option<Duration> {
        match (&self.to, self.every) {
            (None, _) | (_, 0) => None,
            (_, hours) => Some(Duration::from_secs(hours as u64 * 60 * 60)),
        }
    }
}
