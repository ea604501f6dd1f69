//! A change of settings, and how it is applied.

use linekeeper_model::account::{
    Account, DeviceIcon, DeviceName, DeviceProfile, DisplayName, Metadata, Pacing, Tags,
};
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::proxy::ProxyUrl;

/// A change of settings. A field that is `None` does not change.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The account's name.
    pub display_name: Option<DisplayName>,
    /// The maximum number of messages per day.
    pub daily_limit: Option<DailyLimit>,
    /// How phones show the linked device. This takes effect with the next pairing.
    pub device: DeviceChange,
    /// The proxy. `Some(None)` means a direct connection.
    pub proxy: Option<Option<ProxyUrl>>,
    /// The complete list of the account's tags.
    pub tags: Option<Tags>,
    /// The account's complete metadata.
    pub metadata: Option<Metadata>,
    /// How fast the account sends.
    pub pacing: PacingChange,
}

/// The fields of `pacing`.
#[derive(Debug, Clone, Default)]
pub struct PacingChange {
    /// Messages per minute. `Some(None)` means the server's default rate.
    pub messages_per_minute: Option<Option<u32>>,
    /// Whether the pauses between messages vary.
    pub jitter: Option<bool>,
    /// Whether the recipient sees that somebody is typing.
    pub typing: Option<bool>,
}

impl PacingChange {
    fn over(self, before: Pacing) -> Pacing {
        Pacing {
            messages_per_minute: self.messages_per_minute.unwrap_or(before.messages_per_minute),
            jitter: self.jitter.unwrap_or(before.jitter),
            typing: self.typing.unwrap_or(before.typing),
        }
    }
}

/// The fields of `device`.
#[derive(Debug, Clone, Default)]
pub struct DeviceChange {
    /// The name of the device in the phone's list.
    pub name: Option<DeviceName>,
    /// The icon beside the name.
    pub icon: Option<DeviceIcon>,
}

impl DeviceChange {
    fn over(self, before: &DeviceProfile) -> DeviceProfile {
        DeviceProfile {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            icon: self.icon.unwrap_or(before.icon),
        }
    }
}

impl Change {
    /// Applies the given fields. Returns the API's names of the fields that changed.
    pub(super) fn apply(self, account: &mut Account) -> Vec<&'static str> {
        let mut changed = Vec::new();
        let device = self.device.over(&account.device);
        set(&mut account.display_name, self.display_name, "displayName", &mut changed);
        set(&mut account.daily_limit, self.daily_limit, "dailyLimit", &mut changed);
        set(&mut account.device, Some(device), "device", &mut changed);
        set(&mut account.proxy, self.proxy, "proxy", &mut changed);
        set(&mut account.tags, self.tags, "tags", &mut changed);
        set(&mut account.metadata, self.metadata, "metadata", &mut changed);
        let pacing = self.pacing.over(account.pacing);
        set(&mut account.pacing, Some(pacing), "pacing", &mut changed);
        changed
    }
}

fn set<T: PartialEq>(old: &mut T, new: Option<T>, name: &'static str, changed: &mut Vec<&'static str>) {
    if let Some(new) = new
        && *old != new
    {
        *old = new;
        changed.push(name);
    }
}
