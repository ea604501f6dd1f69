//! What happens to a row that exists already.

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum OnConflict {
    /// The new row replaces the existing one.
    Replace,
    /// The new row replaces the existing one, and its group may change.
    Regroup,
    /// The old row stays.
    Keep,
    /// A message secret: the later deadline and the later time are stored.
    MergeSecret,
    /// A contact token: only the time of sending changes, and only forward.
    TouchToken,
    /// A contact token: the newer token is stored, the time of sending stays.
    NewerToken,
}

impl OnConflict {
    /// All rules, in the order of their numbers.
    pub(super) const ALL: [Self; 6] =
        [Self::Replace, Self::Regroup, Self::Keep, Self::MergeSecret, Self::TouchToken, Self::NewerToken];
}
