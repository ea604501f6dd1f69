//! A cart.

use serde::{Deserialize, Serialize};

/// See the module. Amounts are thousandths of the currency's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The order's id.
    pub order_id: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// The text beside it.
    pub message: Option<String>,
    /// How many things.
    pub item_count: Option<u32>,
    /// What they cost together, in thousandths.
    pub total_amount1000: Option<i64>,
    /// Such as `EUR`.
    pub currency: Option<String>,
    /// With it, the shop's program reads the cart.
    pub token: Option<String>,
}
