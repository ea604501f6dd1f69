//! All accounts, by phone number and by LID (the address that does not show the number). The registry's lock is held
//! only while an account is looked up. Each account has its own lock.

use super::Account;
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wacore_binary::Jid;

/// The first number that is given to a phone. After the area code 555, it continues with 0. In North America, the
/// number after the area code begins with 2 to 9, so no real phone has this number.
const FIRST_NUMBER: u64 = 15_550_000_001;

/// Why an account was not added.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RegistryError {
    /// The number does not have seven to fifteen digits, or it begins with a zero.
    #[error("number must be 7 to 15 digits in international form, without plus and leading zero")]
    BadNumber,
    /// Another phone already has the number.
    #[error("number {0} has a phone already")]
    Taken(String),
}

/// All accounts.
#[derive(Default)]
pub struct Registry {
    index: RwLock<Index>,
}

#[derive(Default)]
struct Index {
    by_number: BTreeMap<String, Arc<Account>>,
    by_lid: HashMap<String, Arc<Account>>,
    /// Aliases of numbers. The key is the alias, and the value is the number of the account.
    aliases: BTreeMap<String, String>,
    /// How many numbers have been given to phones.
    given: u64,
}

impl Registry {
    /// The account with this number.
    pub fn by_number(&self, number: &str) -> Option<Arc<Account>> {
        self.index.read().by_number.get(number).cloned()
    }

    /// The account with this address, which is a phone number or a LID. The device number in the address is ignored.
    pub fn by_jid(&self, jid: &Jid) -> Option<Arc<Account>> {
        let index = self.index.read();
        if jid.server.is_lid_family() {
            index.by_lid.get(jid.user.as_str()).cloned()
        } else if jid.server.is_pn_family() {
            index.by_number.get(jid.user.as_str()).cloned()
        } else {
            None
        }
    }

    /// Converts a typed number to an address, which contains the number that WhatsApp uses.
    pub fn canonical(&self, typed: &str) -> Jid {
        Jid::pn(self.index.read().aliases.get(typed).map_or(typed, String::as_str))
    }

    /// Registers an alias: another number that people may type for the account with `number`.
    pub fn alias(&self, typed: String, number: String) {
        self.index.write().aliases.insert(typed, number);
    }

    /// All aliases of numbers. The key is the alias, and the value is the number of the account.
    pub fn aliases(&self) -> BTreeMap<String, String> {
        self.index.read().aliases.clone()
    }

    /// All accounts, by number.
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.index.read().by_number.values().cloned().collect()
    }

    /// Adds an account with this number, or with the next free number if it is `None`. `make` builds the account.
    ///
    /// # Errors
    /// When the number is invalid or taken.
    pub fn add(
        &self,
        number: Option<String>,
        make: impl FnOnce(String) -> Arc<Account>,
    ) -> Result<Arc<Account>, RegistryError> {
        let mut index = self.index.write();
        let number = match number {
            Some(number) if !is_number(&number) => return Err(RegistryError::BadNumber),
            Some(number) if index.by_number.contains_key(&number) => {
                return Err(RegistryError::Taken(number));
            }
            Some(number) => number,
            None => index.free_number(),
        };
        let account = make(number.clone());
        index.by_lid.insert(account.lid.clone(), account.clone());
        index.by_number.insert(number, account.clone());
        Ok(account)
    }

    /// Removes an account.
    pub fn remove(&self, number: &str) -> Option<Arc<Account>> {
        let mut index = self.index.write();
        let account = index.by_number.remove(number)?;
        index.by_lid.remove(&account.lid);
        Some(account)
    }
}

impl Index {
    fn free_number(&mut self) -> String {
        loop {
            let number = (FIRST_NUMBER + self.given).to_string();
            self.given += 1;
            if !self.by_number.contains_key(&number) {
                return number;
            }
        }
    }
}

/// Whether a text has the form of a phone number.
pub fn is_number(text: &str) -> bool {
    (7..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}
