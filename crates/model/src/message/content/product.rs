//! A product from a catalogue.

use serde::{Deserialize, Serialize};

/// A product of a shop. Amounts are in thousandths of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The product's id in the catalogue.
    pub product_id: Option<String>,
    /// The id that the shop gave the product.
    pub retailer_id: Option<String>,
    /// The name of the product.
    pub title: Option<String>,
    /// A description of the product.
    pub description: Option<String>,
    /// The price, in thousandths of the currency.
    pub price_amount1000: Option<i64>,
    /// The currency, such as `EUR`.
    pub currency: Option<String>,
    /// A page that shows the product.
    pub url: Option<String>,
    /// The text that the person wrote with the product.
    pub body: Option<String>,
}
