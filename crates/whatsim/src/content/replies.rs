//! Replies to a business: a person pressed a button or chose a row of a list.

use super::{Desk, Invalid, Kind};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use wa::message::buttons_response_message::{Response, Type};
use wa::message::list_response_message::{ListType, SingleSelectReply};
use waproto::whatsapp as wa;

/// The button that a person pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonReply {
    /// The id that the business gave the button.
    pub id: String,
    /// The text that the button shows.
    pub title: String,
}

/// The row that a person chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListReply {
    /// The id that the business gave the row.
    pub id: String,
    /// The row's title.
    pub title: String,
    /// The second line of the row, under its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Kind for ButtonReply {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        let reply = wa::message::ButtonsResponseMessage {
            selected_button_id: Some(self.id.clone()),
            r#type: Some(Type::DISPLAY_TEXT),
            response: Some(Response::SelectedDisplayText(self.title.clone())),
            ..Default::default()
        };
        Ok(wa::Message { buttons_response_message: MessageField::some(reply), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        if let Some(template) = message.template_button_reply_message.as_option() {
            return Some(Self {
                id: template.selected_id.clone().unwrap_or_default(),
                title: template.selected_display_text.clone().unwrap_or_default(),
            });
        }
        let reply = message.buttons_response_message.as_option()?;
        let title = reply.response.as_ref().map(|Response::SelectedDisplayText(title)| title.clone());
        Some(Self {
            id: reply.selected_button_id.clone().unwrap_or_default(),
            title: title.unwrap_or_default(),
        })
    }
}

impl Kind for ListReply {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        let chosen = SingleSelectReply { selected_row_id: Some(self.id.clone()) };
        let reply = wa::message::ListResponseMessage {
            title: Some(self.title.clone()),
            list_type: Some(ListType::SINGLE_SELECT),
            single_select_reply: MessageField::some(chosen),
            description: self.description.clone(),
            ..Default::default()
        };
        Ok(wa::Message { list_response_message: MessageField::some(reply), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let reply = message.list_response_message.as_option()?;
        let chosen = reply.single_select_reply.as_option();
        Some(Self {
            id: chosen.and_then(|chosen| chosen.selected_row_id.clone()).unwrap_or_default(),
            title: reply.title.clone().unwrap_or_default(),
            description: reply.description.clone(),
        })
    }
}
