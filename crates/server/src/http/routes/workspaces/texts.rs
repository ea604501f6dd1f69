//! Names and time zones of workspaces in request bodies.

use jiff::tz::TimeZone;
use linekeeper_model::name;
use serde_json::{Value, json};

use crate::http::request::fault::{Fault, Faults};
use crate::http::request::fields::{Fields, text};
use crate::http::request::model_values::NAME;
use crate::http::request::value::FromValue;

/// The maximum number of characters of a name.
const LONGEST_NAME: usize = 100;

/// The name of a workspace.
pub(super) struct WorkspaceName(pub String);

/// A name from the IANA time zone database, such as `Europe/Madrid`, in the database's spelling.
pub(super) struct ZoneName(pub String);

impl FromValue for WorkspaceName {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(name::check(&text(value)?, LONGEST_NAME).map_err(Fault::from)?))
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": NAME })
    }
}

impl FromValue for ZoneName {
    fn read(value: Value) -> Result<Self, Faults> {
        let unknown = || Fault::new("invalid", "must be an IANA time zone such as Europe/Madrid");
        let zone = TimeZone::get(&text(value)?).map_err(|_| unknown())?;
        Ok(Self(zone.iana_name().map(str::to_owned).ok_or_else(unknown)?))
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

/// Refuses `externalId`. A caller who sets it could give a workspace the external name of another tenant. The workspace
/// would then get the users of that tenant.
pub(super) fn refuse_external_id(fields: &mut Fields) {
    const RULE: &str =
        "is assigned by the person who runs the server: `linekeeper workspace set-external-id`";
    fields.refuse("externalId", "read_only", RULE);
}
