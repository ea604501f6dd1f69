//! What workspaces are called, and where their days begin, as it stands in bodies.

use jiff::tz::TimeZone;
use linekeeper_model::name;
use serde_json::Value;

use crate::http::request::fields::{Fault, Fields, text};

/// Most characters of a name.
const LONGEST_NAME: usize = 100;

pub(super) fn name(value: Value) -> Result<String, Fault> {
    Ok(name::check(&text(value)?, LONGEST_NAME)?)
}

/// Whoever holds the name of another tenant would get that tenant's users.
pub(super) fn refuse_external_id(fields: &mut Fields) {
    const RULE: &str =
        "is assigned by the person who runs the server: `linekeeper workspace set-external-id`";
    fields.refuse("externalId", "read_only", RULE);
}

/// Names of the IANA time zone database, such as `Europe/Madrid`.
pub(super) fn time_zone(value: Value) -> Result<String, Fault> {
    let unknown = || Fault::new("invalid", "must be an IANA time zone such as Europe/Madrid");
    let zone = TimeZone::get(&text(value)?).map_err(|_| unknown())?;
    // As the database spells it, whatever case it came in.
    zone.iana_name().map(str::to_owned).ok_or_else(unknown)
}
