//! An invitation to a group, sent as a message.

use super::{Desk, Invalid, Kind};
use buffa::MessageField;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

/// An invitation to a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GroupInvite {
    /// The group's address.
    pub group: String,
    /// The code with which the recipient can join the group.
    pub code: String,
    /// The group's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Text under the invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The time at which the invitation expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Kind for GroupInvite {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        if !self.group.ends_with("@g.us") {
            return Err(Invalid::new("groupInvite.group", "must be the address of a group"));
        }
        let invite = wa::message::GroupInviteMessage {
            group_jid: Some(self.group.clone()),
            invite_code: Some(self.code.clone()),
            group_name: self.name.clone(),
            caption: self.caption.clone(),
            invite_expiration: self.expires_at.map(Timestamp::as_second),
            ..Default::default()
        };
        Ok(wa::Message { group_invite_message: MessageField::some(invite), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let invite = message.group_invite_message.as_option()?;
        Some(Self {
            group: invite.group_jid.clone().unwrap_or_default(),
            code: invite.invite_code.clone().unwrap_or_default(),
            name: invite.group_name.clone(),
            caption: invite.caption.clone(),
            expires_at: invite.invite_expiration.and_then(|at| Timestamp::from_second(at).ok()),
        })
    }
}
