//! An invitation to a group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::address::Address;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupInvite {
    /// The group.
    pub group: Option<Address>,
    /// What the group is called.
    pub name: Option<String>,
    /// The code to join the group.
    pub code: Option<String>,
    /// When the code stops working.
    pub expires_at: Option<Timestamp>,
    /// The text beside it.
    pub caption: Option<String>,
}
