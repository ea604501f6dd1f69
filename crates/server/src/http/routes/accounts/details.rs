//! What callers may set on an account, read the same way when it is made and when it is changed.

use linekeeper_model::account::{DeviceIcon, DeviceName, DeviceProfile, Metadata, Tags};
use linekeeper_model::limits::DailyLimit;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::document::schema;
use crate::http::request::fields::{
    Fault, Fields, FromFields, list, parsed, text, texts_by_name, whole_number,
};

/// How phones list the linked device.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(in crate::http) struct DeviceJson {
    /// The text in the phone's list.
    #[schema(min_length = 1, max_length = 50, example = "linekeeper")]
    name: String,
    /// The picture beside it.
    #[schema(schema_with = schema::device_icon)]
    icon: DeviceIcon,
}

impl From<DeviceProfile> for DeviceJson {
    fn from(device: DeviceProfile) -> Self {
        Self { name: device.name.as_str().to_owned(), icon: device.icon }
    }
}

/// What is absent stays as it is.
#[derive(Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(as = DeviceChange)]
pub(in crate::http) struct DeviceFields {
    /// The text in the phone's list.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$", example = "Front desk")]
    name: Option<DeviceName>,
    /// The picture beside it.
    #[schema(required = false, schema_with = schema::device_icon)]
    icon: Option<DeviceIcon>,
}

impl DeviceFields {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `before` with what is given here.
    pub fn over(self, before: DeviceProfile) -> DeviceProfile {
        DeviceProfile { name: self.name.unwrap_or(before.name), icon: self.icon.unwrap_or(before.icon) }
    }
}

impl FromFields for DeviceFields {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.optional("name", parsed);
        let icon = fields.optional("icon", |value| {
            text(value.clone())?;
            serde_json::from_value(value)
                .map_err(|_| Fault::new("invalid", "must be chrome, firefox, safari, edge or desktop"))
        });
        Some(Self { name: name?, icon: icon? })
    }
}

pub(in crate::http) fn daily_limit(value: Value) -> Result<DailyLimit, Fault> {
    DailyLimit::new(whole_number(value)?).map_err(|error| Fault::new("out_of_range", error))
}

pub(in crate::http) fn tags(value: Value) -> Result<Tags, Fault> {
    Tags::new(list(text)(value)?).map_err(|error| Fault::new("invalid", error))
}

pub(in crate::http) fn metadata(value: Value) -> Result<Metadata, Fault> {
    Metadata::new(texts_by_name(value)?).map_err(|error| Fault::new("invalid", error))
}
