//! What to do if a row that is written already exists.

/// What to do if a row that is written already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum OnConflict {
    /// Replace the existing row, except for its group.
    Replace,
    /// Replace the existing row, including its group.
    Regroup,
    /// Keep the existing row.
    Keep,
    /// For message secrets: replace the value, and keep the later expiry and the later time.
    MergeSecret,
    /// For contact tokens: change only the time of sending, and only to a later time.
    TouchToken,
    /// For contact tokens: keep the newer token. The time of sending does not change.
    NewerToken,
}

impl OnConflict {
    /// All rules, in the order of their numbers.
    pub(super) const ALL: [Self; 6] =
        [Self::Replace, Self::Regroup, Self::Keep, Self::MergeSecret, Self::TouchToken, Self::NewerToken];
}
