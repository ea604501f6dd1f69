//! A product from a catalogue.

use linekeeper_model::message::{Content, Product};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    let offer = message.product_message.as_option()?;
    let product = offer.product.as_option();
    let content = Product {
        product_id: product.and_then(|product| product.product_id.clone()),
        retailer_id: product.and_then(|product| product.retailer_id.clone()),
        title: product.and_then(|product| product.title.clone()),
        description: product.and_then(|product| product.description.clone()),
        price_amount1000: product.and_then(|product| product.price_amount1000),
        currency: product.and_then(|product| product.currency_code.clone()),
        url: product.and_then(|product| product.url.clone()),
        body: offer.body.clone(),
    };
    Some((Content::Product(content), offer.context_info.as_option()))
}
