//! Why a pairing by code failed: the meaning of WhatsApp's refusal, depending on the step.

use linekeeper_model::connection::{End, Failure, Loss, Rejection};
use whatsapp_rust::pair_code::{PairCodeRejection, PairError};
use whatsapp_rust::request::IqError;

/// WhatsApp gave no code. `is_known` says whether it gave one for this number before.
pub(super) fn without_a_code(error: &PairError, is_known: bool) -> End {
    let why = match (error.rejection(), error) {
        (Some(rejection), _) => of_request(rejection, is_known),
        (None, PairError::RequestFailed(IqError::ServerError { .. }) | PairError::PairCode(_)) => {
            Rejection::Other
        }
        // There was no refusal: the connection broke, or no answer came in time.
        (None, _) => return End::Lost(Loss::Network),
    };
    End::Refused(Failure::PairingRejected { why })
}

/// WhatsApp answers 400 both to too many codes for a number and to an unknown number (whatsapp-rust 0.7.0,
/// `PairError::RequestFailed`). If it gave a code for the number before, it knows the number.
fn of_request(rejection: PairCodeRejection, is_known: bool) -> Rejection {
    const NOT_FOUND: PairCodeRejection = PairCodeRejection::Unknown(404);
    match rejection {
        PairCodeRejection::RateOverlimit => Rejection::Throttled,
        PairCodeRejection::BadRequest if is_known => Rejection::Throttled,
        PairCodeRejection::BadRequest | NOT_FOUND => Rejection::UnknownNumber,
        PairCodeRejection::FeatureNotAvailable => Rejection::QrOnly,
        _ => Rejection::Other,
    }
}

/// WhatsApp refused the link after a code was typed: one side could not decrypt what the other had encrypted with the
/// code.
pub(in crate::whatsapp) fn after_a_code(rejection: Option<PairCodeRejection>) -> End {
    let why = match rejection {
        Some(
            PairCodeRejection::BadRequest | PairCodeRejection::Forbidden | PairCodeRejection::Unknown(_),
        ) => Rejection::WrongCode,
        Some(PairCodeRejection::RateOverlimit) => Rejection::Throttled,
        _ => Rejection::Other,
    };
    End::Refused(Failure::PairingRejected { why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_pairing_request_is_reported_with_its_code() {
        for (code, is_known, expected) in [
            (400, false, Rejection::UnknownNumber),
            (400, true, Rejection::Throttled),
            (404, false, Rejection::UnknownNumber),
            (429, false, Rejection::Throttled),
            (429, true, Rejection::Throttled),
            (452, true, Rejection::QrOnly),
            (403, false, Rejection::Other),
            (500, false, Rejection::Other),
        ] {
            assert_eq!(of_request(PairCodeRejection::from(code), is_known), expected, "{code} {is_known}");
        }
    }
}
