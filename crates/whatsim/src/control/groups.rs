//! Creates and shows groups.

use super::{ControlError, Phones};
use crate::stanza::groups::found;
use crate::world::Group;
use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

/// WhatsApp's maximum length of a subject, in characters.
const LONGEST_SUBJECT: usize = 100;

/// A group to be created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// The group's name.
    pub subject: String,
    /// The number of the phone that creates the group.
    pub creator: String,
    /// The numbers of the group's other members.
    pub members: Vec<String>,
    /// Whether the group's members appear by their LIDs, which do not show the phone numbers.
    #[serde(default)]
    pub lid: bool,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupMember {
    /// The member's number.
    pub number: String,
    /// The member's LID, the address that does not show the phone number.
    pub lid: String,
    /// Whether the member is an admin, who may change the group.
    pub admin: bool,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupInfo {
    /// The group's address.
    pub id: String,
    /// The group's name.
    pub subject: String,
    /// The number of the group's creator.
    pub creator: String,
    /// Whether the group's members appear by their LIDs, which do not show the phone numbers.
    pub lid: bool,
    /// When the group was created, in seconds since 1970.
    pub t: u64,
    /// The group's members, the creator first.
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
    /// Creates a group and notifies the devices of its members.
    ///
    /// # Errors
    /// When a number has no phone, the creator's phone is offline, or the subject is invalid.
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

    /// The group with this address.
    ///
    /// # Errors
    /// When no group has this address.
    pub fn group(&self, id: &str) -> Result<GroupInfo, ControlError> {
        let address = if id.contains('@') { id.parse().ok() } else { Some(Jid::group(id)) };
        let group = address.and_then(|jid| self.world.groups.by_jid(&jid));
        group.map(|group| GroupInfo::of(&group)).ok_or_else(|| ControlError::GroupNotFound(id.to_owned()))
    }
}
