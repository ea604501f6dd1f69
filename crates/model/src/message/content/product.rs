//! A product of a catalogue.

use serde::{Deserialize, Serialize};

/// A product of a shop. Amounts are thousandths of the currency's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The product's id in the catalogue.
    pub product_id: Option<String>,
    /// The shop's own id.
    pub retailer_id: Option<String>,
    /// What the product is called.
    pub title: Option<String>,
    /// What the product is.
    pub description: Option<String>,
    /// The price, in thousandths.
    pub price_amount1000: Option<i64>,
    /// Such as `EUR`.
    pub currency: Option<String>,
    /// A page that shows the product.
    pub url: Option<String>,
    /// The text beside it.
    pub body: Option<String>,
}
