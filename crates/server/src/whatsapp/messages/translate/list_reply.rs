//! A row that a person chose from a list.

use linekeeper_model::message::{Content, ListReply};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let reply = message.list_response_message.as_option()?;
    let row = reply.single_select_reply.as_option();
    let content = ListReply {
        id: row.and_then(|row| row.selected_row_id.clone()),
        title: reply.title.clone().unwrap_or_default(),
        description: reply.description.clone().filter(|text| !text.is_empty()),
    };
    Some((Content::ListReply(content), reply.context_info.as_option()))
}
