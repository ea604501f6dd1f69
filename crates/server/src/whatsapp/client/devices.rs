//! Which devices an account has, as WhatsApp lists them: its phone, this one, and whatever else was linked. Asked anew
//! each time: what the library keeps of its own account may be old.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use whatsapp_rust::wacore::iq::usync::DeviceListSpec;

use super::line::Line;

/// The library would wait 75 s for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A device of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedDevice {
    /// Its number among the account's devices; the phone's is 0.
    pub device: u16,
    /// It is the one that we are.
    pub is_this: bool,
    /// Its place in the list of keys that the phone signs. The phone has none.
    pub key_index: Option<u32>,
}

impl ListedDevice {
    /// Whether it is the phone itself.
    pub const fn is_phone(self) -> bool {
        self.device == 0
    }
}

/// WhatsApp did not tell which devices there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("WhatsApp did not list the account's devices")]
pub struct DevicesUntold;

/// A question on its way to WhatsApp. Whoever wants the answer awaits it, so that nobody else waits as long; it is over
/// within [`ANSWER_WITHIN`].
pub type DevicesQuestion = BoxFuture<'static, Result<Vec<ListedDevice>, DevicesUntold>>;

impl Line {
    /// Asks for the account's devices. `None` where there is no linked client.
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
