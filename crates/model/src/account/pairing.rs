//! How an account may be paired: whether a phone has to agree, and for which number a pairing code may be made.

use super::Account;
use crate::connection::Failure;
use crate::phone::PhoneNumber;

/// Why no pairing code can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoNumber {
    /// The caller asks for a code for one number, and the account belongs to another number.
    #[error("is not the number of this account")]
    Another,
    /// The caller gives no number, and the number of the account is not known.
    #[error("must be given: the account's is not known")]
    Unknown,
}

impl Account {
    /// Returns the number for which a pairing code is made: the number `asked`, or the account's own number. Fails
    /// if both are unknown, or if `asked` is not the account's own number.
    pub fn number_for_a_code(&self, asked: Option<PhoneNumber>) -> Result<PhoneNumber, NoNumber> {
        match (asked, self.identity.phone) {
            (Some(asked), Some(own)) if asked != own => Err(NoNumber::Another),
            // If the LID is known, WhatsApp has also reported the number in WhatsApp's own spelling. Then only this
            // spelling is used. Otherwise, the caller may try another spelling of the same number.
            (Some(asked), own) if own.is_none() || self.identity.lid.is_none() => Ok(asked),
            (_, Some(own)) => Ok(own),
            (_, None) => Err(NoNumber::Unknown),
        }
    }

    /// Whether a phone has to agree before the account can come online. If a phone has to agree, linking the
    /// account starts a pairing. Otherwise, it starts a login with the stored session.
    pub fn needs_phone(&self) -> bool {
        let keeps_session = Failure::recorded(self.status.reason).is_none_or(Failure::keeps_session);
        !(self.linked && keeps_session)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::id::{AccountId, UserId, WorkspaceId};
    use crate::phone::Lid;

    fn account(own: Option<&str>, told_by_whatsapp: bool) -> Account {
        let mut rng = rand::rng();
        let now = Timestamp::UNIX_EPOCH;
        let mut account = Account::new(
            AccountId::generate(now, &mut rng),
            WorkspaceId::generate(now, &mut rng),
            UserId::generate(now, &mut rng),
            "Shop".parse().unwrap(),
            now,
        );
        account.identity.phone = own.map(|own| own.parse().unwrap());
        account.identity.lid = told_by_whatsapp.then(|| Lid("100000000000001".to_owned()));
        account
    }

    #[test]
    fn a_pairing_code_is_requested_only_for_the_number_of_the_account() {
        let asked = |number: &str| Some(number.parse().unwrap());
        let number =
            |account: &Account, asked| account.number_for_a_code(asked).map(|number| number.to_string());
        let unknown = account(None, false);
        assert_eq!(number(&unknown, None), Err(NoNumber::Unknown));
        assert_eq!(number(&unknown, asked("+15551234567")), Ok("+15551234567".to_owned()));
        let known = account(Some("+15551234567"), true);
        assert_eq!(number(&known, None), Ok("+15551234567".to_owned()));
        assert_eq!(number(&known, asked("+15557654321")), Err(NoNumber::Another));
        // One Brazilian number in its two spellings. The caller's spelling is used until WhatsApp has reported the
        // number.
        let expected = account(Some("+5531999990000"), false);
        assert_eq!(number(&expected, asked("+553199990000")), Ok("+553199990000".to_owned()));
        let told = account(Some("+553199990000"), true);
        assert_eq!(number(&told, asked("+5531999990000")), Ok("+553199990000".to_owned()));
    }
}
