//! Groups: make them and look at them.

use super::{ControlError, Phones};
use crate::stanza::groups::found;
use crate::world::Group;
use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

/// The longest subject, in characters, as WhatsApp allows it.
const LONGEST_SUBJECT: usize = 100;

/// A group to be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Its name.
    pub subject: String,
    /// The number of the phone that makes it.
    pub creator: String,
    /// The numbers of its other members.
    pub members: Vec<String>,
    /// Whether its members appear by their hidden addresses.
    #[serde(default)]
    pub lid: bool,
}

/// Somebody in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupMember {
    /// Its number.
    pub number: String,
    /// Its hidden address.
    pub lid: String,
    /// Whether it may change the group.
    pub admin: bool,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupInfo {
    /// Its address.
    pub id: String,
    /// Its name.
    pub subject: String,
    /// The number of who made it.
    pub creator: String,
    /// Whether its members appear by their hidden addresses.
    pub lid: bool,
    /// Seconds since 1970 at which it was made.
    pub t: u64,
    /// Its members, the creator first.
    pub members: Vec<GroupMember>,
}

impl GroupInfo {
    fn of(group: &Group) -> Self {
        let members = group.members.iter().map(|member| GroupMember {
            number: member.account.number.clone(),
            lid: member.account.lid_jid(0).to_string(),
            admin: member.admin,
        });
        Self {
            id: group.jid().to_string(),
            subject: group.subject.clone(),
            creator: group.creator.clone(),
            lid: group.lid,
            t: group.created,
            members: members.collect(),
        }
    }
}

impl Phones {
    /// Makes a group; the devices of its members are told.
    ///
    /// # Errors
    /// When a number has no phone, the creator's phone is off, or the subject makes no sense.
    pub fn create_group(&self, new: NewGroup) -> Result<GroupInfo, ControlError> {
        let creator = self.awake(&new.creator)?;
        if new.subject.trim().is_empty() || new.subject.chars().count() > LONGEST_SUBJECT {
            return Err(ControlError::field(
                "subject",
                format!("must have 1 to {LONGEST_SUBJECT} characters"),
            ));
        }
        let members = self.world.registry.accounts(&new.members).map_err(ControlError::PhoneNotFound)?;
        let accounts = std::iter::once(creator).chain(members).collect();
        Ok(GroupInfo::of(&found(&self.world, new.subject, accounts, new.lid, 0)))
    }

    /// All groups, by address.
    pub fn groups(&self) -> Vec<GroupInfo> {
        self.world.groups.all().iter().map(|group| GroupInfo::of(group)).collect()
    }

    /// One group.
    ///
    /// # Errors
    /// When there is none at this address.
    pub fn group(&self, id: &str) -> Result<GroupInfo, ControlError> {
        let address = if id.contains('@') { id.parse().ok() } else { Some(Jid::group(id)) };
        let group = address.and_then(|jid| self.world.groups.by_jid(&jid));
        group.map(|group| GroupInfo::of(&group)).ok_or_else(|| ControlError::GroupNotFound(id.to_owned()))
    }
}
