//! How a phone shows this server in its list of linked devices. WhatsApp reads this only during pairing.

use serde::{Deserialize, Serialize};

use crate::name::{self, InvalidName};

/// The name and picture that the phone shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceProfile {
    /// The name of this server in the phone's list of linked devices.
    pub name: DeviceName,
    /// The picture of this server in the phone's list of linked devices.
    pub icon: DeviceIcon,
}

/// The name that the phone shows for the linked device: up to 50 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    /// The maximum number of characters of a name.
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
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        name::check(text, Self::MAX).map(Self)
    }
}

/// Takes a stored name without checks, so that it stays readable even if a later version has stricter rules.
impl From<String> for DeviceName {
    fn from(stored: String) -> Self {
        Self(stored)
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
