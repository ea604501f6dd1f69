//! Who may do what: each member has one role, each role has permissions, and a credential may give to others only the
//! rights that it has itself.

mod authority;

pub use authority::{Authority, Beyond, Grant};

use serde::{Deserialize, Serialize};

/// What a member may do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// May do everything.
    Owner,
    /// May do everything except delete accounts and manage the workspace.
    Admin,
    /// May read accounts, and send and read messages.
    Agent,
    /// May read accounts.
    Viewer,
}

/// One thing that a member or an API key may do. An API key lists its permissions as scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Permission {
    /// Read accounts with their status and health.
    #[serde(rename = "whatsapp:read")]
    WhatsappRead,
    /// Create and link accounts.
    #[serde(rename = "whatsapp:connect")]
    WhatsappConnect,
    /// Log accounts out.
    #[serde(rename = "whatsapp:disconnect")]
    WhatsappDisconnect,
    /// Rename accounts and change their limits, proxy and settings.
    #[serde(rename = "whatsapp:update")]
    WhatsappUpdate,
    /// Delete accounts with all their data.
    #[serde(rename = "whatsapp:delete")]
    WhatsappDelete,
    /// Send messages.
    #[serde(rename = "messages:send")]
    MessagesSend,
    /// Read messages.
    #[serde(rename = "messages:read")]
    MessagesRead,
    /// Manage webhooks.
    #[serde(rename = "webhooks:manage")]
    WebhooksManage,
    /// Manage API keys.
    #[serde(rename = "keys:manage")]
    KeysManage,
    /// Read the audit log.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Manage members and their roles.
    #[serde(rename = "members:manage")]
    MembersManage,
    /// Manage the workspace itself.
    #[serde(rename = "workspace:manage")]
    WorkspaceManage,
}

impl Permission {
    /// All permissions, in the order of the table in the documentation.
    pub const ALL: [Self; 12] = [
        Self::WhatsappRead,
        Self::WhatsappConnect,
        Self::WhatsappDisconnect,
        Self::WhatsappUpdate,
        Self::WhatsappDelete,
        Self::MessagesSend,
        Self::MessagesRead,
        Self::WebhooksManage,
        Self::KeysManage,
        Self::AuditRead,
        Self::MembersManage,
        Self::WorkspaceManage,
    ];
}

impl Permission {
    /// The permission's text in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WhatsappRead => "whatsapp:read",
            Self::WhatsappConnect => "whatsapp:connect",
            Self::WhatsappDisconnect => "whatsapp:disconnect",
            Self::WhatsappUpdate => "whatsapp:update",
            Self::WhatsappDelete => "whatsapp:delete",
            Self::MessagesSend => "messages:send",
            Self::MessagesRead => "messages:read",
            Self::WebhooksManage => "webhooks:manage",
            Self::KeysManage => "keys:manage",
            Self::AuditRead => "audit:read",
            Self::MembersManage => "members:manage",
            Self::WorkspaceManage => "workspace:manage",
        }
    }

    /// Whether the permission concerns single accounts. When an account is shared with a member, the member gets
    /// those of these permissions that the member's role has.
    pub const fn is_about_accounts(self) -> bool {
        use Permission::*;
        matches!(
            self,
            WhatsappRead
                | WhatsappConnect
                | WhatsappDisconnect
                | WhatsappUpdate
                | WhatsappDelete
                | MessagesSend
                | MessagesRead
        )
    }

    /// Whether the permission concerns the workspace as a whole. A key that is limited to some accounts cannot
    /// have it.
    pub const fn is_of_whole_workspace(self) -> bool {
        matches!(self, Self::WebhooksManage | Self::AuditRead | Self::MembersManage | Self::WorkspaceManage)
    }
}

impl Role {
    /// All roles, most powerful first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Agent, Self::Viewer];

    /// The role's text in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::Viewer => "viewer",
        }
    }

    /// Whether the role may do more than `other`.
    pub fn is_above(self, other: Self) -> bool {
        let place = |role| Self::ALL.iter().position(|known| *known == role);
        place(self) < place(other)
    }

    /// The less powerful of the two roles.
    #[must_use]
    pub fn lesser(self, other: Self) -> Self {
        if self.is_above(other) { other } else { self }
    }

    /// Whether a member with this role may invite a person who then gets the role `invited`. Only Owners may
    /// invite Owners.
    pub const fn may_invite(self, invited: Self) -> bool {
        self.allows(Permission::MembersManage)
            && (matches!(self, Self::Owner) || !matches!(invited, Self::Owner))
    }

    /// Whether a member with this role has `permission`.
    pub const fn allows(self, permission: Permission) -> bool {
        use Permission::*;
        match permission {
            WhatsappRead => true,
            WhatsappConnect | WhatsappDisconnect | WhatsappUpdate => {
                matches!(self, Self::Owner | Self::Admin)
            }
            WhatsappDelete | WorkspaceManage => matches!(self, Self::Owner),
            MessagesSend | MessagesRead => matches!(self, Self::Owner | Self::Admin | Self::Agent),
            WebhooksManage | KeysManage | AuditRead | MembersManage => {
                matches!(self, Self::Owner | Self::Admin)
            }
        }
    }

    /// Whether a member with this role reaches all accounts of the workspace. Other members reach only accounts
    /// that belong to them or are shared with them.
    pub const fn sees_all_accounts(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_exactly_the_expected_permissions() {
        let granted: Vec<String> = Permission::ALL
            .iter()
            .map(|&p| Role::ALL.iter().map(|r| if r.allows(p) { 'y' } else { '-' }).collect())
            .collect();
        assert_eq!(
            granted,
            ["yyyy", "yy--", "yy--", "yy--", "y---", "yyy-", "yyy-", "yy--", "yy--", "yy--", "yy--", "y---"]
        );
    }

    #[test]
    fn permission_names_match_the_api() {
        for permission in Permission::ALL {
            assert_eq!(serde_json::json!(permission), permission.name());
        }
        for role in Role::ALL {
            assert_eq!(serde_json::json!(role), role.name());
        }
    }

    #[test]
    fn roles_are_ordered_by_their_permissions() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[0].is_above(pair[1]) && !pair[1].is_above(pair[0]) && !pair[0].is_above(pair[0]));
            assert_eq!((pair[0].lesser(pair[1]), pair[1].lesser(pair[0])), (pair[1], pair[1]));
            let allowed = |role: Role| Permission::ALL.into_iter().filter(|p| role.allows(*p)).count();
            assert!(allowed(pair[0]) > allowed(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn only_owners_and_admins_may_invite_and_admins_may_not_invite_owners() {
        let table = Role::ALL.map(|by| Role::ALL.map(|invited| by.may_invite(invited)));
        assert_eq!(table, [[true; 4], [false, true, true, true], [false; 4], [false; 4]]);
    }
}
