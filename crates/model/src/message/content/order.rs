//! An order from a catalogue.

use serde::{Deserialize, Serialize};

/// An order from a shop. Amounts are in thousandths of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The order's id.
    pub order_id: Option<String>,
    /// The title of the order.
    pub title: Option<String>,
    /// The text that the person wrote with the order.
    pub message: Option<String>,
    /// The number of products.
    pub item_count: Option<u32>,
    /// The total price, in thousandths of the currency.
    pub total_amount1000: Option<i64>,
    /// The currency, such as `EUR`.
    pub currency: Option<String>,
    /// The token with which the shop's program reads the cart.
    pub token: Option<String>,
}
