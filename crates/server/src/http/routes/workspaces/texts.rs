//! What workspaces are called, and where their days begin, as it stands in bodies.

use jiff::tz::TimeZone;
use linekeeper_model::name;
use serde_json::Value;

use crate::http::request::fields::{Fault, text};

/// Most characters of a name.
const LONGEST_NAME: usize = 100;
/// Most characters of the name that another program has for a workspace.
const LONGEST_EXTERNAL_ID: usize = 255;

pub(super) fn name(value: Value) -> Result<String, Fault> {
    Ok(name::check(&text(value)?, LONGEST_NAME)?)
}

pub(super) fn external_id(value: Value) -> Result<String, Fault> {
    let text = text(value)?;
    // As it is: the other program's token must say the same.
    name::check(&text, LONGEST_EXTERNAL_ID)?;
    Ok(text)
}

/// Names of the IANA time zone database, such as `Europe/Madrid`.
pub(super) fn time_zone(value: Value) -> Result<String, Fault> {
    let unknown = || Fault::new("invalid", "must be an IANA time zone such as Europe/Madrid");
    let zone = TimeZone::get(&text(value)?).map_err(|_| unknown())?;
    // As the database spells it, whatever case it came in.
    zone.iana_name().map(str::to_owned).ok_or_else(unknown)
}
