//! An order from a catalogue.

use linekeeper_model::message::{Content, Order};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let order = message.order_message.as_option()?;
    let content = Order {
        order_id: order.order_id.clone(),
        title: order.order_title.clone(),
        message: order.message.clone(),
        item_count: order.item_count.and_then(|count| u32::try_from(count).ok()),
        total_amount1000: order.total_amount1000,
        currency: order.total_currency_code.clone(),
        token: order.token.clone(),
    };
    Some((Content::Order(content), order.context_info.as_option()))
}
