//! How the phone lists us under Linked Devices. WhatsApp takes it at pairing and never again.

use serde::{Deserialize, Serialize};

/// Name and picture in the phone's list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceProfile {
    /// The text.
    pub name: DeviceName,
    /// The picture beside it.
    pub icon: DeviceIcon,
}

/// The text in the phone's list: 1 to 50 printable characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName(String);

/// The text cannot be a device's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 50 characters besides spaces at its ends, and no control characters")]
pub struct InvalidDeviceName;

impl DeviceName {
    /// Most characters that a name may have.
    pub const MAX: usize = 50;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for DeviceName {
    fn default() -> Self {
        Self("linekeeper".to_owned())
    }
}

impl std::str::FromStr for DeviceName {
    type Err = InvalidDeviceName;

    fn from_str(text: &str) -> Result<Self, InvalidDeviceName> {
        let name = text.trim();
        let valid = (1..=Self::MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if valid { Ok(Self(name.to_owned())) } else { Err(InvalidDeviceName) }
    }
}

/// The pictures that phones have for linked devices (`DeviceProps.PlatformType` of the protocol).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceIcon {
    /// A browser.
    #[default]
    Chrome,
    /// A browser.
    Firefox,
    /// A browser.
    Safari,
    /// A browser.
    Edge,
    /// A desktop program.
    Desktop,
}
