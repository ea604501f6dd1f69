//! The remote side of a phone's Signal session: one device of one user.

use wacore_libsignal::protocol::{DeviceId, ProtocolAddress};

/// One remote device.
///
/// The user is always in the phone-number form. Clients have one Signal session for both the PN and the LID of a
/// user. If a phone had one session for each form, its own linked devices could not decrypt its messages ("session
/// not found").
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Peer {
    /// The user part of the phone-number JID: digits only.
    pub user: String,
    /// The device number. 0 is the user's phone, any other number a linked device.
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
