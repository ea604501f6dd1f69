//! An order from a catalogue.

use serde::{Deserialize, Serialize};

/// An order from a shop. Amounts are thousandths of the currency's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The order's id.
    pub order_id: Option<String>,
    /// What the order is called.
    pub title: Option<String>,
    /// The text beside it.
    pub message: Option<String>,
    /// The number of products.
    pub item_count: Option<u32>,
    /// The total price, in thousandths.
    pub total_amount1000: Option<i64>,
    /// Such as `EUR`.
    pub currency: Option<String>,
    /// The token with which the shop's program reads the cart.
    pub token: Option<String>,
}
