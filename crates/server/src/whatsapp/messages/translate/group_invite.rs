//! A message that invites a person to a group.

use jiff::Timestamp;
use linekeeper_model::message::{Content, GroupInvite};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let invite = message.group_invite_message.as_option()?;
    let content = GroupInvite {
        group: invite.group_jid.as_deref().and_then(|jid| jid.parse().ok()),
        name: invite.group_name.clone(),
        code: invite.invite_code.clone(),
        expires_at: invite.invite_expiration.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        caption: invite.caption.clone().filter(|text| !text.is_empty()),
    };
    Some((Content::GroupInvite(content), invite.context_info.as_option()))
}
