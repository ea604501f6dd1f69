//! Something for sale.

use serde::{Deserialize, Serialize};

/// See the module. Amounts are thousandths of the currency's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its id in the catalogue.
    pub product_id: Option<String>,
    /// The shop's own id.
    pub retailer_id: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// What it costs, in thousandths.
    pub price_amount1000: Option<i64>,
    /// Such as `EUR`.
    pub currency: Option<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// The text beside it.
    pub body: Option<String>,
}
