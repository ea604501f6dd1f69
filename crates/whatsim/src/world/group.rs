//! Groups: their members and their addresses. The members of a group cannot change yet.

use super::{Account, Registry, World};
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;
use wacore_binary::{Jid, Server};

/// A member of a group.
#[derive(Clone)]
pub struct Member {
    /// The account of the member.
    pub account: Arc<Account>,
    /// Whether the member may change the group.
    pub admin: bool,
}

/// A group.
pub struct Group {
    /// The user part of the group's address.
    pub id: String,
    /// The group's name.
    pub subject: String,
    /// The number of the group's creator.
    pub creator: String,
    /// Whether the group's members appear by their LIDs, which do not show the phone numbers.
    pub lid: bool,
    /// When the group was created, in seconds since 1970.
    pub created: u64,
    /// The group's members, the creator first.
    pub members: Vec<Member>,
}

impl Group {
    /// The group's address.
    pub fn jid(&self) -> Jid {
        Jid::group(self.id.as_str())
    }

    /// The server part of the members' addresses in the group. It says whether the addresses are phone numbers or LIDs.
    /// A LID does not show the phone number.
    pub fn server(&self) -> Server {
        if self.lid { Server::Lid } else { Server::Pn }
    }

    /// Whether the account is in the group.
    pub fn has(&self, number: &str) -> bool {
        self.members.iter().any(|member| member.account.number == number)
    }

    /// All devices of all members, phones included.
    pub fn devices(&self) -> Vec<(Arc<Account>, u16)> {
        let of = |member: &Member| {
            let account = member.account.clone();
            let devices = account.device_ids().into_iter();
            devices.map(move |device| (account.clone(), device)).collect::<Vec<_>>()
        };
        self.members.iter().flat_map(of).collect()
    }
}

/// All groups.
#[derive(Default)]
pub struct Groups(RwLock<BTreeMap<String, Arc<Group>>>);

impl Groups {
    /// The group with this address.
    pub fn by_jid(&self, jid: &Jid) -> Option<Arc<Group>> {
        self.0.read().get(jid.user.as_str()).cloned()
    }

    /// All groups, by address.
    pub fn all(&self) -> Vec<Arc<Group>> {
        self.0.read().values().cloned().collect()
    }

    /// Adds a group of these accounts. The first account is the creator, and the only admin.
    pub fn add(&self, world: &World, subject: String, accounts: Vec<Arc<Account>>, lid: bool) -> Arc<Group> {
        let creator = accounts.first().map(|account| account.number.clone()).unwrap_or_default();
        let mut members: Vec<Member> = Vec::new();
        for account in accounts {
            if !members.iter().any(|member| member.account.number == account.number) {
                members.push(Member { admin: account.number == creator, account });
            }
        }
        let group = Arc::new(Group {
            id: format!("1203630{:011}", world.next()),
            subject,
            creator,
            lid,
            created: world.clock.seconds(),
            members,
        });
        self.0.write().insert(group.id.clone(), group.clone());
        group
    }
}

impl Registry {
    /// The accounts with these numbers.
    ///
    /// # Errors
    /// Returns the first number that no account has.
    pub fn accounts(&self, numbers: &[String]) -> Result<Vec<Arc<Account>>, String> {
        numbers.iter().map(|number| self.by_number(number).ok_or_else(|| number.clone())).collect()
    }
}
