//! Linking by a code that is typed on the phone: when the server asks WhatsApp for a new code, and why there may
//! be no code.

use std::time::Duration;

use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::pairing::{self, Method, PairingCode};
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::status::ConnectionStatus;

use super::error::AccountError;
use super::pairing::Pairing;
use super::registry::Registry;

/// How long to wait for WhatsApp's code.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no code to type.
#[derive(Debug, thiserror::Error)]
pub enum NoCode {
    /// A phone is linked, or is about to be.
    #[error("the account is already connected")]
    AlreadyConnected,
    /// WhatsApp asks for the passkey first.
    #[error("WhatsApp asks for the passkey")]
    PasskeyAsked,
    /// WhatsApp has not given a code yet.
    #[error("WhatsApp has not given a code yet")]
    NotReady,
    /// No code was requested, or the code has expired.
    #[error("no code was asked for")]
    NotRequested,
    /// WhatsApp refused to give a code. The text says why.
    #[error("{0}")]
    Rejected(String),
    /// The request for a code was refused.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl Registry {
    /// Asks WhatsApp for a code for this phone, in the open pairing or in a new one. If a code for this phone is
    /// already shown, and there is enough time to type it, that code is returned. The reason is that WhatsApp gives out
    /// only a limited number of codes.
    pub async fn ask_for_code(
        &self,
        account: Account,
        phone: PhoneNumber,
        entry: NewEntry,
    ) -> Result<PairingCode, NoCode> {
        let id = account.id;
        let open = self.pairing(id);
        let ends = match &open {
            Pairing::Showing(qr) => Some(qr.expires_at),
            Pairing::ShowingCode(code) => Some(code.expires_at),
            _ => None,
        };
        // If the pairing ends soon, there is not enough time to type the code.
        let ends_soon = ends.is_some_and(|ends| ends <= self.dependencies.clock.now() + pairing::WINDOW / 2);
        match open {
            Pairing::ShowingCode(code) if code.phone == phone && !ends_soon => return Ok(code),
            Pairing::Passkey(_) | Pairing::Confirm(_) => return Err(NoCode::PasskeyAsked),
            Pairing::Linking => return Err(NoCode::AlreadyConnected),
            _ if !account.needs_phone() => return Err(NoCode::AlreadyConnected),
            _ if ends_soon => self.link(id, Method::Code(phone), entry).await?,
            _ => self.show_code(id, phone, entry).await?,
        };
        self.shown_code(account).await
    }

    /// Returns the code to show now. Waits until WhatsApp has given the code.
    pub async fn shown_code(&self, account: Account) -> Result<PairingCode, NoCode> {
        match self.first_code(account.id, PATIENCE).await? {
            Pairing::ShowingCode(code) => Ok(code),
            Pairing::Opening => Err(NoCode::NotReady),
            Pairing::Passkey(_) | Pairing::Confirm(_) => Err(NoCode::PasskeyAsked),
            Pairing::Linking => Err(NoCode::AlreadyConnected),
            Pairing::Showing(_) | Pairing::Expired => Err(NoCode::NotRequested),
            Pairing::Connected | Pairing::NotPairing => Err(NoCode::without_pairing(&self.live(account))),
        }
    }
}

impl NoCode {
    fn without_pairing(account: &Account) -> Self {
        match account.status.state {
            ConnectionStatus::Failed => Self::Rejected(account.status.message.clone()),
            ConnectionStatus::Disconnected => Self::NotRequested,
            ConnectionStatus::Connecting | ConnectionStatus::Connected => Self::AlreadyConnected,
        }
    }
}
