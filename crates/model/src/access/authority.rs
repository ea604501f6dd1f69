//! What a credential may do, and which rights it may give to others. A credential can give only rights that it has
//! itself. Otherwise a limited credential could escape its limits, because the rights that it gives stay valid after
//! the credential expires or is deleted.

use core::fmt;

use super::{Permission, Role};
use crate::api_key::ApiKey;

/// The rights of one credential at one moment. They follow from the member's role, and from the API key if the
/// credential is one.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'k> {
    role: Role,
    key: Option<&'k ApiKey>,
}

/// The permissions that a person or a webhook gains. They work from every network and do not expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    permissions: Vec<Permission>,
    on: Extent,
}

/// What the permissions of a [`Grant`] apply to: the whole workspace, or one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Workspace,
    /// One account, which the credential itself can reach.
    OneAccount,
}

/// Why an API key may not give a [`Grant`]. Each variant is one thing that the grant has and the key does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// The key does not have this permission.
    Permission(Permission),
    /// The grant is for the whole workspace, but the key can use only the accounts in its list.
    Accounts,
    /// The grant works from every network, but the key works only from some networks.
    Networks,
    /// The grant does not expire, but the key expires.
    Time,
}

impl<'k> Authority<'k> {
    /// The rights of a member with this role. With a `key`, the rights of an API key that belongs to this member.
    pub const fn new(role: Role, key: Option<&'k ApiKey>) -> Self {
        Self { role, key }
    }

    /// Whether the credential has `permission`. An API key never has more rights than its user has at this moment.
    /// A key that lists accounts has no permission that concerns the workspace as a whole.
    pub fn may(&self, permission: Permission) -> bool {
        let by_key = |key: &ApiKey| {
            key.scopes.contains(&permission)
                && !(key.accounts.is_some() && permission.is_of_whole_workspace())
        };
        self.role.allows(permission) && self.key.is_none_or(by_key)
    }

    /// Checks whether the credential may give `grant` to a person or a webhook. The error names what the credential
    /// lacks.
    pub fn may_give(&self, grant: &Grant) -> Result<(), Beyond> {
        if grant.permissions.is_empty() {
            return Ok(());
        }
        if let Some(more) = grant.permissions.iter().find(|permission| !self.may(**permission)) {
            return Err(Beyond::Permission(*more));
        }
        match self.key {
            Some(key) if key.accounts.is_some() && grant.on == Extent::Workspace => Err(Beyond::Accounts),
            Some(key) if !key.networks.is_empty() => Err(Beyond::Networks),
            Some(key) if key.expires_at.is_some() => Err(Beyond::Time),
            _ => Ok(()),
        }
    }
}

impl Grant {
    /// The permissions that a person gains when their role changes from `from` to `to`. `from` is `None` if the person
    /// was not a member.
    pub fn of_role(from: Option<Role>, to: Role) -> Self {
        let had = |permission| from.is_some_and(|from| from.allows(permission));
        let gained = Permission::ALL.into_iter().filter(|p| to.allows(*p) && !had(*p));
        Self { permissions: gained.collect(), on: Extent::Workspace }
    }

    /// The permissions that a new webhook gains. Before each event is sent, the rights of the member who set up the
    /// webhook are checked again.
    pub fn of_webhook() -> Self {
        Self { permissions: vec![Permission::WebhooksManage], on: Extent::Workspace }
    }

    /// The permissions that a member with this role gains when an account is shared with them.
    pub fn of_share(role: Role) -> Self {
        let about_accounts = |p: &Permission| role.allows(*p) && p.is_about_accounts();
        let permissions = if role.sees_all_accounts() {
            Vec::new()
        } else {
            Permission::ALL.into_iter().filter(about_accounts).collect()
        };
        Self { permissions, on: Extent::OneAccount }
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission(permission) => write!(f, "the permission `{}`", permission.name()),
            Self::Accounts => f.write_str("the key is limited to accounts"),
            Self::Networks => f.write_str("the key is limited to networks"),
            Self::Time => f.write_str("the key expires"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn key(scopes: impl IntoIterator<Item = Permission>) -> ApiKey {
        let id = Uuid::from_u128(1);
        ApiKey {
            id: id.into(),
            workspace_id: id.into(),
            user_id: id.into(),
            name: "key".to_owned(),
            scopes: BTreeSet::from_iter(scopes),
            accounts: None,
            networks: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            used_at: None,
        }
    }

    #[test]
    fn an_api_key_can_give_only_roles_whose_permissions_the_key_has() {
        for to in Role::ALL {
            for missing in Permission::ALL {
                let key = key(Permission::ALL.into_iter().filter(|p| *p != missing));
                let given = Authority::new(Role::Owner, Some(&key)).may_give(&Grant::of_role(None, to));
                let expected = if to.allows(missing) { Err(Beyond::Permission(missing)) } else { Ok(()) };
                assert_eq!(given, expected, "{to:?} without {missing:?}");
            }
        }
    }

    #[test]
    fn a_grant_that_adds_no_permission_is_always_allowed() {
        let key = ApiKey { expires_at: Some(Timestamp::UNIX_EPOCH), ..key([]) };
        let authority = Authority::new(Role::Admin, Some(&key));
        for role in Role::ALL {
            for from in Role::ALL.into_iter().filter(|from| !role.is_above(*from)) {
                assert_eq!(
                    authority.may_give(&Grant::of_role(Some(from), role)),
                    Ok(()),
                    "{from:?} to {role:?}"
                );
            }
        }
        assert_eq!(authority.may_give(&Grant::of_share(Role::Admin)), Ok(()));
    }

    #[test]
    fn a_limited_api_key_cannot_give_unlimited_rights() {
        let all = key(Permission::ALL);
        let gives = |key: &ApiKey, grant: Grant| Authority::new(Role::Owner, Some(key)).may_give(&grant);
        let (member, share) = (|| Grant::of_role(None, Role::Viewer), || Grant::of_share(Role::Viewer));
        let narrow = ApiKey { networks: vec!["192.0.2.0/24".parse().unwrap()], ..all.clone() };
        assert_eq!(
            (gives(&narrow, member()), gives(&narrow, share())),
            (Err(Beyond::Networks), Err(Beyond::Networks))
        );
        let brief = ApiKey { expires_at: Some(Timestamp::UNIX_EPOCH), ..all.clone() };
        assert_eq!((gives(&brief, member()), gives(&brief, share())), (Err(Beyond::Time), Err(Beyond::Time)));
        let listing = ApiKey { accounts: Some(Vec::new()), ..all.clone() };
        assert_eq!((gives(&listing, member()), gives(&listing, share())), (Err(Beyond::Accounts), Ok(())));
        assert_eq!((gives(&all, member()), gives(&all, share())), (Ok(()), Ok(())));
    }

    #[test]
    fn a_person_gives_only_rights_that_their_role_has() {
        let admin = Authority::new(Role::Admin, None);
        assert_eq!(admin.may_give(&Grant::of_role(None, Role::Admin)), Ok(()));
        let owner = admin.may_give(&Grant::of_role(None, Role::Owner));
        assert_eq!(owner, Err(Beyond::Permission(Permission::WhatsappDelete)));
        assert_eq!(admin.may_give(&Grant::of_share(Role::Agent)), Ok(()));
    }
}
