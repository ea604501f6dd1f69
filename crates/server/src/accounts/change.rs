//! What an operator may set on an account that exists.

use linekeeper_model::account::{Account, DeviceProfile, DisplayName, Metadata, Tags};
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::proxy::ProxyUrl;

/// What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What to call it.
    pub display_name: Option<DisplayName>,
    /// Messages a day.
    pub daily_limit: Option<DailyLimit>,
    /// How phones list it, from its next pairing on.
    pub device: Option<DeviceProfile>,
    /// Where it goes through; `Some(None)` for directly.
    pub proxy: Option<Option<ProxyUrl>>,
    /// All of its tags.
    pub tags: Option<Tags>,
    /// All of its metadata.
    pub metadata: Option<Metadata>,
}

impl Change {
    /// Whether the account must reach WhatsApp another way from now on.
    pub(super) fn reroutes(&self, account: &Account) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| *proxy != account.proxy)
    }

    /// Sets what is given; answers the API's names of what is different now.
    pub(super) fn apply(self, account: &mut Account) -> Vec<&'static str> {
        let mut changed = Vec::new();
        set(&mut account.display_name, self.display_name, "displayName", &mut changed);
        set(&mut account.daily_limit, self.daily_limit, "dailyLimit", &mut changed);
        set(&mut account.device, self.device, "device", &mut changed);
        set(&mut account.proxy, self.proxy, "proxy", &mut changed);
        set(&mut account.tags, self.tags, "tags", &mut changed);
        set(&mut account.metadata, self.metadata, "metadata", &mut changed);
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
