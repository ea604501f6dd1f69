//! Whom a phone talks to: one device of one user.

use wacore_libsignal::protocol::{DeviceId, ProtocolAddress};

/// One remote device.
///
/// The user is always the phone-number form. Clients keep one Signal session for a user's PN and LID together, so a
/// phone that kept two would see its own linked devices' messages fail with "session not found".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Peer {
    /// The user part of the phone-number JID: digits only.
    pub user: String,
    /// 0 is the user's phone, anything else a linked device.
    pub device: u16,
}

impl Peer {
    /// `user` is the user part of a phone-number JID, never of a LID.
    pub fn new(user: impl Into<String>, device: u16) -> Self {
        Self { user: user.into(), device }
    }

    pub(super) fn address(&self) -> ProtocolAddress {
        ProtocolAddress::new(&self.user, DeviceId::new(self.device.into()))
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.user, self.device)
    }
}
