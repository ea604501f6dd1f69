//! The linked device of an account: how phones list it, in answers and in bodies.

use linekeeper_model::account::{DeviceIcon, DeviceName, DeviceProfile};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::DeviceChange;
use crate::http::document::schema;
use crate::http::request::declare::body;

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

body! {
    /// How phones list the linked device. A field that is absent keeps its value.
    #[derive(Debug, Default, PartialEq, Eq)]
    pub(in crate::http) struct DeviceFields as "DeviceChange" (part) {
        /// The text in the phone's list.
        #[example("Front desk")]
        name: Option<DeviceName>,
        /// The picture beside it.
        icon: Option<DeviceIcon>,
    }
}

impl DeviceFields {
    /// The same for an account that exists.
    pub fn change(self) -> DeviceChange {
        DeviceChange { name: self.name, icon: self.icon }
    }

    /// `before` with what is given here.
    pub fn over(self, before: DeviceProfile) -> DeviceProfile {
        DeviceProfile { name: self.name.unwrap_or(before.name), icon: self.icon.unwrap_or(before.icon) }
    }
}
