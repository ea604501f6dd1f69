//! Parsers for values that have a special syntax.

use linekeeper_model::id::WorkspaceId;
use linekeeper_model::network::Network;
use linekeeper_model::secret::Secret;
use serde::{Deserialize, Deserializer};

/// Reads an optional text as a [`Secret`], so that its value is never shown.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

/// Reads networks separated by commas.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Network>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(serde::de::Error::custom)).collect()
}

/// Reads pairs `name=id` separated by commas.
pub(super) fn names_of_workspaces<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, WorkspaceId)>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let read = |part: &str| {
        let (name, id) = part.rsplit_once('=')?;
        Some((name.trim().to_owned(), id.trim().parse().ok()?))
    };
    parts.map(|part| read(part).ok_or_else(|| serde::de::Error::custom("must be name=id"))).collect()
}
