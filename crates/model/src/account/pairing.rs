//! How an account may be paired: whether a phone has to agree, and which phone a code may be for.

use super::Account;
use crate::connection::Failure;
use crate::phone::PhoneNumber;

/// Why no pairing code can be made for a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoNumber {
    /// The account belongs to another number.
    #[error("is not the number of this account")]
    Another,
    /// Neither the caller nor the account gives a number.
    #[error("must be given: the account's is not known")]
    Unknown,
}

impl Account {
    /// The number to make a pairing code for. If the account's own number is known, no other can be linked.
    pub fn number_for_a_code(&self, asked: Option<PhoneNumber>) -> Result<PhoneNumber, NoNumber> {
        match (asked, self.identity.phone) {
            (Some(asked), Some(own)) if asked != own => Err(NoNumber::Another),
            // A number that WhatsApp reported is in WhatsApp's spelling. Before that, the caller may try the other
            // spelling.
            (Some(asked), own) if own.is_none() || self.identity.lid.is_none() => Ok(asked),
            (_, Some(own)) => Ok(own),
            (_, None) => Err(NoNumber::Unknown),
        }
    }

    /// Whether a phone has to agree before the account can come online, so that linking it would be a pairing and not
    /// a login.
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
    fn a_pairing_code_is_only_for_the_accounts_number() {
        let asked = |number: &str| Some(number.parse().unwrap());
        let number =
            |account: &Account, asked| account.number_for_a_code(asked).map(|number| number.to_string());
        let unknown = account(None, false);
        assert_eq!(number(&unknown, None), Err(NoNumber::Unknown));
        assert_eq!(number(&unknown, asked("+15551234567")), Ok("+15551234567".to_owned()));
        let known = account(Some("+15551234567"), true);
        assert_eq!(number(&known, None), Ok("+15551234567".to_owned()));
        assert_eq!(number(&known, asked("+15557654321")), Err(NoNumber::Another));
        // The two spellings of one Brazilian number: the caller's spelling counts until WhatsApp has reported its
        // own.
        let expected = account(Some("+5531999990000"), false);
        assert_eq!(number(&expected, asked("+553199990000")), Ok("+553199990000".to_owned()));
        let told = account(Some("+553199990000"), true);
        assert_eq!(number(&told, asked("+5531999990000")), Ok("+553199990000".to_owned()));
    }
}
