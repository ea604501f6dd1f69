//! A message with one or more contact cards.

use linekeeper_model::message::{ContactCard, Content};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::ContactMessage;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    if let Some(contact) = message.contact_message.as_option() {
        return Some((Content::Contacts(vec![card(contact)]), contact.context_info.as_option()));
    }
    let several = message.contacts_array_message.as_option()?;
    let cards = several.contacts.iter().map(card).collect();
    Some((Content::Contacts(cards), several.context_info.as_option()))
}

fn card(contact: &ContactMessage) -> ContactCard {
    ContactCard::of_vcard(contact.display_name.as_deref(), contact.vcard.as_deref().unwrap_or_default())
}
