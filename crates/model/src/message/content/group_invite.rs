//! An invitation to a group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::address::Address;

/// An invitation to a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupInvite {
    /// The address of the group.
    pub group: Option<Address>,
    /// The name of the group.
    pub name: Option<String>,
    /// The code to join the group.
    pub code: Option<String>,
    /// When the code stops working.
    pub expires_at: Option<Timestamp>,
    /// The text under the invitation.
    pub caption: Option<String>,
}
