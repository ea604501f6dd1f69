//! A location on a map.

use serde::{Deserialize, Serialize};

/// A location on a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The latitude in degrees.
    pub latitude: f64,
    /// The longitude in degrees.
    pub longitude: f64,
    /// The name of the location.
    pub name: Option<String>,
    /// The postal address of the location.
    pub address: Option<String>,
}
