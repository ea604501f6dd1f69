//! Linking with a passkey, as the person who has the phone sees it.

use super::{ControlError, Phones};
use crate::phone::PasskeyAssertion;
use crate::world::{Account, Stage};
use serde::Serialize;

/// The stage that a link with a passkey has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyStage {
    /// The companion was asked for the passkey.
    Asked,
    /// The passkey has answered.
    Proved,
    /// The phone shows a code, which the companion must show too.
    CodeShown,
    /// The companion confirmed that the codes are the same. The phone offers the link next.
    Confirmed,
}

/// A link with a passkey that is in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasskeyState {
    /// The stage of the link.
    pub stage: PasskeyStage,
    /// The code that the phone shows, in the form `XXXX-XXXX`.
    pub code: Option<String>,
}

impl PasskeyState {
    fn of(stage: &Stage) -> Self {
        let (stage, code) = match stage {
            Stage::Asked { .. } => (PasskeyStage::Asked, None),
            Stage::Proved(_) => (PasskeyStage::Proved, None),
            Stage::Shown { code, .. } => (PasskeyStage::CodeShown, Some(code.clone())),
            Stage::Confirmed { .. } => (PasskeyStage::Confirmed, None),
        };
        Self { stage, code }
    }
}

impl Phones {
    /// The state of the link in progress that needs this phone's passkey.
    ///
    /// # Errors
    /// When there is no such phone, or no such link.
    pub fn passkey(&self, number: &str) -> Result<PasskeyState, ControlError> {
        let account = self.account(number)?;
        let state = self.world.pairing.ceremony_of(&account.number, PasskeyState::of);
        state.ok_or_else(|| ControlError::NoPasskeyAsked(account.number.clone()))
    }

    /// Makes the phone's passkey respond to a companion's WebAuthn request. The signature is random, because the
    /// simulated server does not check it. Everything else is as a browser returns it.
    ///
    /// # Errors
    /// When there is no such phone, the phone is offline, or the options are invalid.
    pub fn use_passkey(&self, number: &str, options_json: &str) -> Result<PasskeyAssertion, ControlError> {
        let account = self.awake(number)?;
        let answer = account.phone.passkey_assertion(options_json);
        answer.map_err(|error| ControlError::field("options", error.to_string()))
    }

    pub(super) fn passkey_asked(&self, account: &Account) -> bool {
        self.world.pairing.ceremony_of(&account.number, |_| ()).is_some()
    }
}
