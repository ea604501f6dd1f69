//! Why the simulator refused a request.

use crate::acts::pairing_code::TypeCodeError;
use crate::content::Invalid;
use crate::world::primary::SendError;
use crate::world::{LinkFailure, PairingError, RegistryError};

/// A refusal with a stable code for programs and a text for people.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No phone has this number.
    #[error("no phone has the number {0}")]
    PhoneNotFound(String),
    /// The recipient's address belongs to no phone.
    #[error("to: nobody here has the address {0}")]
    RecipientNotFound(String),
    /// The phone has no such linked device.
    #[error("{number} has no linked device {device}")]
    DeviceNotFound {
        /// The number of the phone.
        number: String,
        /// The number of the device.
        device: u16,
    },
    /// A fault keeps the phone offline.
    #[error("the phone of {0} is offline")]
    PhoneOffline(String),
    /// No companion is being linked with the passkey of this phone.
    #[error("no companion is being linked with the passkey of {0}")]
    NoPasskeyAsked(String),
    /// No fault has this id.
    #[error("no fault has the id {0}")]
    FaultNotFound(u64),
    /// There is no such group.
    #[error("there is no group {0}")]
    GroupNotFound(String),
    /// A field has an invalid value.
    #[error("{field}: {reason}")]
    Field {
        /// The field's name in JSON.
        field: String,
        /// What is wrong with the field.
        reason: String,
    },
    /// The number is invalid or belongs to another phone.
    #[error(transparent)]
    Number(#[from] RegistryError),
    /// No companion waits with this QR code or pairing code.
    #[error(transparent)]
    Pairing(#[from] PairingError),
    /// The companion was found, but the link failed.
    #[error(transparent)]
    Link(#[from] LinkFailure),
    /// The companion did not finish in time.
    #[error("the companion did not answer in time")]
    CompanionSilent,
    /// The phone could not send the message.
    #[error("sending failed: {0}")]
    Send(SendError),
}

impl ControlError {
    pub(crate) fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Field { field: field.into(), reason: reason.into() }
    }

    /// The stable code in JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PhoneNotFound(_) => "phone_not_found",
            Self::RecipientNotFound(_) => "recipient_not_found",
            Self::DeviceNotFound { .. } => "device_not_found",
            Self::PhoneOffline(_) => "phone_offline",
            Self::NoPasskeyAsked(_) => "passkey_not_asked",
            Self::FaultNotFound(_) => "fault_not_found",
            Self::GroupNotFound(_) => "group_not_found",
            Self::Field { .. } => "invalid_field",
            Self::Number(RegistryError::BadNumber) => "invalid_field",
            Self::Number(RegistryError::Taken(_)) => "number_taken",
            Self::Pairing(PairingError::UnknownRef) => "qr_unknown",
            Self::Pairing(PairingError::ExpiredRef) => "qr_expired",
            Self::Pairing(PairingError::Gone) => "companion_gone",
            Self::Pairing(PairingError::OtherKeys) => "qr_keys_differ",
            Self::Pairing(PairingError::Busy) => "companion_busy",
            Self::Pairing(PairingError::NoCodeRequested) => "code_not_requested",
            Self::Link(LinkFailure::Code(_)) => "wrong_code",
            Self::Link(LinkFailure::Passkey(_)) => "passkey_refused",
            Self::Link(_) => "link_failed",
            Self::CompanionSilent => "companion_silent",
            Self::Send(SendError::Offline) => "phone_offline",
            Self::Send(_) => "send_failed",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Field { .. } | Self::Number(RegistryError::BadNumber) => 400,
            Self::PhoneNotFound(_)
            | Self::RecipientNotFound(_)
            | Self::DeviceNotFound { .. }
            | Self::NoPasskeyAsked(_)
            | Self::FaultNotFound(_)
            | Self::GroupNotFound(_)
            | Self::Pairing(PairingError::UnknownRef) => 404,
            Self::Pairing(PairingError::ExpiredRef | PairingError::Gone) => 410,
            Self::Number(_)
            | Self::PhoneOffline(_)
            | Self::Pairing(_)
            | Self::CompanionSilent
            | Self::Send(_) => 409,
            Self::Link(_) => 422,
        }
    }
}

impl From<Invalid> for ControlError {
    fn from(Invalid { field, reason }: Invalid) -> Self {
        Self::Field { field, reason }
    }
}

impl From<SendError> for ControlError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Invalid(invalid) => invalid.into(),
            error => Self::Send(error),
        }
    }
}

impl From<TypeCodeError> for ControlError {
    fn from(error: TypeCodeError) -> Self {
        match error {
            TypeCodeError::Pairing(error) => error.into(),
            TypeCodeError::Code(error) => Self::field("code", error.to_string()),
        }
    }
}
