//! What becomes of a row that is there already.

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum OnConflict {
    /// The new one takes its place.
    Replace,
    /// The same, for rows whose group changes.
    Regroup,
    /// The old one stays.
    Keep,
    /// A message secret: the later deadline and the later time win.
    MergeSecret,
    /// A contact token: only the time of sending moves, and only forward.
    TouchToken,
    /// A contact token: the newer token wins, the time of sending stays.
    NewerToken,
}

impl OnConflict {
    /// In the order of their numbers.
    pub(super) const ALL: [Self; 6] =
        [Self::Replace, Self::Regroup, Self::Keep, Self::MergeSecret, Self::TouchToken, Self::NewerToken];
}
