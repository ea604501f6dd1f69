//! Linking by a code that is typed on the phone: requesting a code, and showing it.

pub(in crate::http) mod request;
pub(in crate::http) mod show;

use jiff::Timestamp;
use linekeeper_model::pairing::PairingCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A code to type on the phone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PairingCode)]
pub(in crate::http) struct PairingCodeJson {
    /// The code. On the phone, open Linked devices, Link a device, Link with phone number instead, and type the
    /// code there.
    #[schema(example = "ABCD-1234")]
    code: String,
    /// The number of the phone on which the code works.
    #[schema(example = "+15551234567")]
    phone_number: String,
    /// When the code stops working.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:02:00Z")]
    expires_at: Timestamp,
}

impl From<PairingCode> for PairingCodeJson {
    fn from(code: PairingCode) -> Self {
        Self { code: legible(&code.code), phone_number: code.phone.to_string(), expires_at: code.expires_at }
    }
}

/// Writes the eight characters of a code as phones show them: `ABCD-1234`.
pub(in crate::http) fn legible(code: &str) -> String {
    match code.split_at_checked(4) {
        Some((first, second)) if !second.is_empty() => format!("{first}-{second}"),
        _ => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn a_pairing_code_is_shown_in_two_groups() {
        assert_eq!(legible("ABCD1234"), "ABCD-1234");
        for odd in ["", "ABC", "ABCD"] {
            assert_eq!(legible(odd), odd);
        }
    }
}
