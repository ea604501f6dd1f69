//! The devices of an account as WhatsApp lists them: the phone, this server, and all other linked devices. The
//! server asks WhatsApp each time, because the library's own list may be outdated.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use whatsapp_rust::wacore::iq::usync::DeviceListSpec;

use super::line::Line;

/// How long to wait for WhatsApp's answer. The library itself would wait for 75 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A device of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedDevice {
    /// The device's number among the account's devices. The phone has the number 0.
    pub device: u16,
    /// Whether this device is this server.
    pub is_this: bool,
    /// The position of the device's key in the list that the phone signs. `None` for the phone.
    pub key_index: Option<u32>,
}

impl ListedDevice {
    /// Whether the device is the phone itself.
    pub const fn is_phone(self) -> bool {
        self.device == 0
    }
}

/// WhatsApp did not answer with the list of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("WhatsApp did not list the account's devices")]
pub struct DevicesUntold;

/// A request to WhatsApp for the account's devices. The request ends within [`ANSWER_WITHIN`]. The request is a future,
/// so the caller can await the answer in another task, and the account's actor does not wait.
pub type DevicesQuestion = BoxFuture<'static, Result<Vec<ListedDevice>, DevicesUntold>>;

impl Line {
    /// Asks WhatsApp for the account's devices. Returns `None` if there is no linked client.
    pub fn devices(&self) -> Option<DevicesQuestion> {
        let client = self.open.as_ref()?.client.clone();
        let own = client.pn()?;
        let account = self.account;
        let session_id = format!("{:016x}", rand::random::<u64>());
        let question = async move {
            let list = DeviceListSpec::new(vec![own.to_non_ad()], session_id).require_complete_response();
            let told = match tokio::time::timeout(ANSWER_WITHIN, client.execute(list)).await {
                Ok(Ok(told)) => told,
                Ok(Err(error)) => {
                    tracing::debug!(%account, %error, "the account's devices could not be asked for");
                    return Err(DevicesUntold);
                }
                Err(_) => return Err(DevicesUntold),
            };
            let listed = told.device_lists.into_iter().flat_map(|list| list.devices);
            let mut devices: Vec<_> = listed
                .map(|one| ListedDevice {
                    device: one.device,
                    is_this: one.device == own.device,
                    key_index: one.key_index,
                })
                .collect();
            devices.sort_by_key(|one| one.device);
            Ok(devices)
        };
        Some(question.boxed())
    }
}
