//! A button that a person pressed, in a message with buttons, a template or an interactive message.

use linekeeper_model::message::{ButtonReply, Content};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::buttons_response_message::Response;
use whatsapp_rust::waproto::whatsapp::message::interactive_response_message::InteractiveResponseMessage;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    if let Some(reply) = message.buttons_response_message.as_option() {
        let title = match &reply.response {
            Some(Response::SelectedDisplayText(title)) => title.clone(),
            _ => String::new(),
        };
        let content = ButtonReply { id: reply.selected_button_id.clone(), title };
        return Some((Content::ButtonReply(content), reply.context_info.as_option()));
    }
    if let Some(reply) = message.template_button_reply_message.as_option() {
        let title = reply.selected_display_text.clone().unwrap_or_default();
        let content = ButtonReply { id: reply.selected_id.clone(), title };
        return Some((Content::ButtonReply(content), reply.context_info.as_option()));
    }
    let reply = message.interactive_response_message.as_option()?;
    let id = match &reply.interactive_response_message {
        Some(InteractiveResponseMessage::NativeFlowResponseMessage(flow)) => {
            flow.params_json.as_deref().and_then(chosen)
        }
        _ => None,
    };
    let title = reply.body.as_option().and_then(|body| body.text.clone()).unwrap_or_default();
    Some((Content::ButtonReply(ButtonReply { id, title }), reply.context_info.as_option()))
}

/// Reads the id from the parameters of a native flow, such as `{"id":"yes"}`.
fn chosen(parameters: &str) -> Option<String> {
    let parameters: serde_json::Value = serde_json::from_str(parameters).ok()?;
    parameters["id"].as_str().map(str::to_owned)
}
