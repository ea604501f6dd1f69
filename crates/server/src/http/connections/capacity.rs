//! How many connections and requests there may be, and how large a part of them one client may have. All limits
//! follow from the number of sockets.

/// The number of extra connections that only probes may use.
pub(super) const ROOM_FOR_PROBES: usize = 64;

/// The maximum numbers of connections and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    sockets: usize,
}

/// How many requests may be in progress, and how many of these may be long: long polls, streams and upgraded
/// connections. The second number is smaller, so that there is room for short requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Bound {
    pub all: usize,
    pub held: usize,
}

impl Capacity {
    /// The default number of sockets.
    pub const DEFAULT_SOCKETS: u32 = 4096;
    /// The minimum number of sockets. A server with fewer would be of no use.
    pub const FEWEST_SOCKETS: u32 = 64;

    /// The capacity for this number of sockets.
    pub const fn of_sockets(sockets: u32) -> Self {
        Self { sockets: sockets as usize }
    }

    /// The capacity of a process that may have `files` open files. The process needs `reserved` of these files for
    /// other things than connections. The capacity is at most `wanted` sockets.
    pub fn within(files: u64, reserved: u64, wanted: u32) -> Self {
        let left = files.saturating_sub(reserved).saturating_sub(ROOM_FOR_PROBES as u64);
        let sockets = left.clamp(Self::FEWEST_SOCKETS.into(), wanted.max(Self::FEWEST_SOCKETS).into());
        Self { sockets: usize::try_from(sockets).unwrap_or(usize::MAX) }
    }

    /// The maximum number of connections, without the extra ones for probes.
    pub const fn sockets(self) -> usize {
        self.sockets
    }

    /// The limit for all clients together.
    pub(in crate::http) const fn everybody(self) -> Bound {
        Bound { all: self.sockets, held: self.sockets / 4 * 3 }
    }

    /// The limit for one client address or one workspace.
    pub(in crate::http) const fn one_party(self) -> Bound {
        Bound { all: self.sockets / 2, held: self.sockets / 4 }
    }

    /// The limit for one credential.
    pub(in crate::http) const fn one_credential(self) -> Bound {
        Bound { all: self.sockets / 8, held: self.sockets / 16 }
    }
}

impl Default for Capacity {
    fn default() -> Self {
        Self::of_sockets(Self::DEFAULT_SOCKETS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_file_limit_bounds_the_connections() {
        assert_eq!(Capacity::within(1_048_576, 300, 4096).sockets(), 4096);
        assert_eq!(Capacity::within(1024, 300, 4096).sockets(), 660);
        assert_eq!(Capacity::within(100, 300, 4096).sockets(), 64);
        assert_eq!(Capacity::within(1_048_576, 300, 10).sockets(), 64);
    }

    #[test]
    fn the_limits_leave_room_for_other_callers_and_for_short_requests() {
        for sockets in [64, 660, 4096] {
            let capacity = Capacity::of_sockets(sockets);
            let bounds = [capacity.one_credential(), capacity.one_party(), capacity.everybody()];
            assert!(bounds.iter().all(|bound| 0 < bound.held && bound.held < bound.all), "{bounds:?}");
            assert!(bounds.is_sorted_by(|a, b| a.all < b.all && a.held < b.held), "{bounds:?}");
        }
    }
}
