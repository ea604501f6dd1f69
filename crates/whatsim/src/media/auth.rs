//! Tokens for the media server. The server gives one to each device, and the device sends it with its requests.

use crate::world::DeviceAddress;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Makes and reads the tokens for the media server. A simulator's tokens need not be secret, so a token contains
/// just the address of its device.
pub struct MediaAuth;

impl MediaAuth {
    /// The token of a device.
    pub fn token(device: &DeviceAddress) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("whatsim {device}"))
    }

    /// The device of a token, or `None` if the token is invalid.
    pub fn read(token: &str) -> Option<DeviceAddress> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (number, device) = text.strip_prefix("whatsim ")?.split_once(':')?;
        Some(DeviceAddress { number: number.to_owned(), device: device.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_token_names_its_device() {
        let device = DeviceAddress { number: "15550000001".into(), device: 3 };
        assert_eq!(MediaAuth::read(&MediaAuth::token(&device)), Some(device));
        assert_eq!(MediaAuth::read("stolen"), None);
    }
}
