//! What workspaces are called, and where their days begin, as it stands in bodies.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::http::request::fields::{Fault, text};

/// Most characters of a name.
const LONGEST_NAME: usize = 100;
/// Most characters of the name that another program has for a workspace.
const LONGEST_EXTERNAL_ID: usize = 255;

pub(super) fn name(value: Value) -> Result<String, Fault> {
    let name = text(value)?.trim().to_owned();
    bounded(
        name,
        LONGEST_NAME,
        "must have 1 to 100 characters besides spaces at its ends, and no control characters",
    )
}

pub(super) fn external_id(value: Value) -> Result<String, Fault> {
    bounded(text(value)?, LONGEST_EXTERNAL_ID, "must have 1 to 255 characters, and no control characters")
}

/// Names of the IANA time zone database, such as `Europe/Madrid`.
pub(super) fn time_zone(value: Value) -> Result<String, Fault> {
    let unknown = || Fault::new("invalid", "must be an IANA time zone such as Europe/Madrid");
    let zone = TimeZone::get(&text(value)?).map_err(|_| unknown())?;
    // As the database spells it, whatever case it came in.
    zone.iana_name().map(str::to_owned).ok_or_else(unknown)
}

fn bounded(text: String, most: usize, rule: &str) -> Result<String, Fault> {
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        return Err(Fault::new("invalid", rule));
    }
    Ok(text)
}
