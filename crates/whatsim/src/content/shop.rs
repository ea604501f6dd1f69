//! Orders, and messages about a product.

use super::{Desk, Invalid, Kind};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use wa::message::product_message::ProductSnapshot;
use waproto::whatsapp as wa;

/// An order of products in a business's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Order {
    /// The order's id.
    pub order_id: String,
    /// The title of the cart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How many products the order has.
    #[serde(default)]
    pub item_count: i32,
    /// The text that the customer wrote with the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The total price, in thousandths of the currency's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_amount1000: Option<i64>,
    /// The currency's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The token with which the business can read the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The business's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
}

/// A product of a business's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Product {
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// More about the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The product's price, in thousandths of the currency's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_amount1000: Option<i64>,
    /// The currency's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The business's own id for the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retailer_id: Option<String>,
    /// The product's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The business's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The text that the person wrote with the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Kind for Order {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        let order = wa::message::OrderMessage {
            order_id: Some(self.order_id.clone()),
            order_title: self.title.clone(),
            item_count: Some(self.item_count),
            message: self.message.clone(),
            total_amount1000: self.total_amount1000,
            total_currency_code: self.currency.clone(),
            token: self.token.clone(),
            seller_jid: self.seller.clone(),
            ..Default::default()
        };
        Ok(wa::Message { order_message: MessageField::some(order), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let order = message.order_message.as_option()?;
        Some(Self {
            order_id: order.order_id.clone().unwrap_or_default(),
            title: order.order_title.clone(),
            item_count: order.item_count.unwrap_or_default(),
            message: order.message.clone(),
            total_amount1000: order.total_amount1000,
            currency: order.total_currency_code.clone(),
            token: order.token.clone(),
            seller: order.seller_jid.clone(),
        })
    }
}

impl Kind for Product {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        let snapshot = ProductSnapshot {
            product_id: Some(self.product_id.clone()),
            title: self.title.clone(),
            description: self.description.clone(),
            price_amount1000: self.price_amount1000,
            currency_code: self.currency.clone(),
            retailer_id: self.retailer_id.clone(),
            url: self.url.clone(),
            ..Default::default()
        };
        let product = wa::message::ProductMessage {
            product: MessageField::some(snapshot),
            business_owner_jid: self.owner.clone(),
            body: self.body.clone(),
            ..Default::default()
        };
        Ok(wa::Message { product_message: MessageField::some(product), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let product = message.product_message.as_option()?;
        let snapshot = &product.product;
        Some(Self {
            product_id: snapshot.product_id.clone().unwrap_or_default(),
            title: snapshot.title.clone(),
            description: snapshot.description.clone(),
            price_amount1000: snapshot.price_amount1000,
            currency: snapshot.currency_code.clone(),
            retailer_id: snapshot.retailer_id.clone(),
            url: snapshot.url.clone(),
            owner: product.business_owner_jid.clone(),
            body: product.body.clone(),
        })
    }
}
