//! The first position of a shared live location. WhatsApp does not send later positions to linked devices.

use serde::{Deserialize, Serialize};

/// The first position of a shared live location.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveLocation {
    /// The latitude in degrees.
    pub latitude: f64,
    /// The longitude in degrees.
    pub longitude: f64,
    /// The accuracy in metres.
    pub accuracy_metres: Option<u32>,
    /// The text under the map.
    pub caption: Option<String>,
}
