//! The linked device of an account in the API: how phones list it.

use linekeeper_model::account::{DeviceIcon, DeviceName, DeviceProfile};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::DeviceChange;
use crate::http::document::schema;
use crate::http::request::declare::body;

/// How the linked device appears in the phone's list of linked devices.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(in crate::http) struct DeviceJson {
    /// The name of the device in the phone's list of linked devices. Up to 50 characters.
    #[schema(min_length = 1, max_length = 50, example = "linekeeper")]
    name: String,
    /// The picture beside the device's name in the phone's list of linked devices.
    #[schema(schema_with = schema::device_icon)]
    icon: DeviceIcon,
}

impl From<DeviceProfile> for DeviceJson {
    fn from(device: DeviceProfile) -> Self {
        Self { name: device.name.as_str().to_owned(), icon: device.icon }
    }
}

body! {
    /// How the linked device appears in the phone's list of linked devices. A field that is absent keeps its value.
    #[derive(Debug, Default, PartialEq, Eq)]
    pub(in crate::http) struct DeviceFields as "DeviceChange" (part) {
        /// The name of the device in the phone's list of linked devices. Up to 50 characters.
        #[example("Front desk")]
        name: Option<DeviceName>,
        /// The picture beside the device's name in the phone's list of linked devices.
        icon: Option<DeviceIcon>,
    }
}

impl DeviceFields {
    /// Returns these fields as a change of an existing account's device.
    pub fn change(self) -> DeviceChange {
        DeviceChange { name: self.name, icon: self.icon }
    }

    /// Returns `before` with the given fields in place of the old ones.
    pub fn over(self, before: DeviceProfile) -> DeviceProfile {
        DeviceProfile { name: self.name.unwrap_or(before.name), icon: self.icon.unwrap_or(before.icon) }
    }
}
