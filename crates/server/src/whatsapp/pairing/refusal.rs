//! Decides why a pairing by code failed. The meaning of WhatsApp's refusal depends on the step.

use linekeeper_model::connection::{End, Failure, Loss, Rejection};
use whatsapp_rust::pair_code::{PairCodeRejection, PairError};
use whatsapp_rust::request::IqError;

/// The end of a pairing if WhatsApp gives no pairing code. `is_known` says whether WhatsApp has given a code for this
/// phone number before.
pub(super) fn without_a_code(error: &PairError, is_known: bool) -> End {
    let why = match (error.rejection(), error) {
        (Some(rejection), _) => of_request(rejection, is_known),
        (None, PairError::RequestFailed(IqError::ServerError { .. }) | PairError::PairCode(_)) => {
            Rejection::Other
        }
        // WhatsApp did not refuse: the connection ended, or no answer came in time.
        (None, _) => return End::Lost(Loss::Network),
    };
    End::Refused(Failure::PairingRejected { why })
}

/// The meaning of a refused request for a code. WhatsApp answers 400 in two cases: too many codes for a number,
/// and an unknown number (whatsapp-rust 0.7.0, `PairError::RequestFailed`). If WhatsApp gave a code for the number
/// before, it knows the number.
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

/// Returns the end of a pairing that WhatsApp refused after a person typed the code on the phone. In this step, the
/// phone and this server send each other data that is encrypted with the code, and one of them could not decrypt the
/// data.
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
    fn each_refused_request_for_a_pairing_code_is_mapped_to_the_right_error() {
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
