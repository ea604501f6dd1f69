//! The expected result of each call, from the documented table of roles and permissions.

use super::actors::{Actor, Credential, Issued, Limit, Relation};
use super::operations::{Access, Gift, Operation, Thing};

/// Owner, Admin, Agent, Viewer.
const ROLES: [&str; 4] = ["owner", "admin", "agent", "viewer"];

/// `y` if a role has a permission, in the order of [`ROLES`].
const TABLE: [(&str, &str); 12] = [
    ("whatsapp:read", "yyyy"),
    ("whatsapp:connect", "yy--"),
    ("whatsapp:disconnect", "yy--"),
    ("whatsapp:update", "yy--"),
    ("whatsapp:delete", "y---"),
    ("messages:send", "yyy-"),
    ("messages:read", "yyy-"),
    ("webhooks:manage", "yy--"),
    ("keys:manage", "yy--"),
    ("audit:read", "yy--"),
    ("members:manage", "yy--"),
    ("workspace:manage", "y---"),
];

/// The permissions that a key limited to some accounts cannot have.
const OF_WHOLE_WORKSPACE: [&str; 4] = ["webhooks:manage", "audit:read", "members:manage", "workspace:manage"];

/// All permissions, in the order of the table.
pub fn permissions() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(permission, _)| *permission)
}

fn role_has(role: &str, permission: &str) -> bool {
    let place = ROLES.iter().position(|known| *known == role).unwrap();
    let (_, granted) = TABLE.iter().find(|(known, _)| *known == permission).unwrap();
    granted.as_bytes()[place] == b'y'
}

/// The expected status, followed by the error code of a refusal.
pub fn expected(operation: &Operation, actor: &Actor) -> String {
    let one_of = match &operation.access {
        Access::Open => return operation.done.to_owned(),
        Access::Anybody | Access::Person => &[],
        Access::May(permission) | Access::PersonWhoMay(permission) => std::slice::from_ref(permission),
        Access::MayOneOf(permissions) => *permissions,
    };
    match actor.credential {
        Credential::None => return "401 credential_required".to_owned(),
        Credential::Rubbish(_) => return "401 invalid_credential".to_owned(),
        Credential::ExpiredKey => return "401 credential_expired".to_owned(),
        Credential::ExpiredToken => return "401 token_expired".to_owned(),
        Credential::ForeignToken(Issued::BeforeTheLastChange) => return "401 token_outdated".to_owned(),
        Credential::Token | Credential::Key { .. } | Credential::ForeignToken(_) => {}
    }
    let is_person = matches!(actor.credential, Credential::Token);
    if matches!(operation.access, Access::Person) && !is_person {
        return "403 sign_in_needed".to_owned();
    }
    if !one_of.is_empty() && !one_of.iter().any(|permission| has(actor, permission)) {
        return "403 permission_denied".to_owned();
    }
    if matches!(operation.access, Access::PersonWhoMay(_)) && !is_person {
        return "403 sign_in_needed".to_owned();
    }
    if is_out_of_reach(operation, actor) {
        return format!("404 {}", operation.thing.not_found());
    }
    if actor.role == "admin"
        && let Some(refusal) = operation.to_admins
    {
        return refusal.to_owned();
    }
    if let Some(refusal) = beyond(operation, actor) {
        return refusal.to_owned();
    }
    if lists(actor)
        && let Some(refusal) = operation.to_listing_keys
    {
        return refusal.to_owned();
    }
    operation.done.to_owned()
}

/// Whether the answer must be exactly the same as for a resource that does not exist.
pub fn must_look_absent(operation: &Operation, actor: &Actor) -> bool {
    operation.thing != Thing::None
        && expected(operation, actor) == format!("404 {}", operation.thing.not_found())
}

fn has(actor: &Actor, permission: &str) -> bool {
    let scoped = match &actor.credential {
        Credential::Key { scopes, .. } => scopes.contains(&permission),
        _ => true,
    };
    let of_accounts = !lists(actor) || !OF_WHOLE_WORKSPACE.contains(&permission);
    scoped && of_accounts && role_has(actor.role, permission)
}

fn lists(actor: &Actor) -> bool {
    matches!(actor.credential, Credential::Key { limit: Limit::OtherAccounts, .. })
}

/// The answer to a credential that would give away more rights than it has.
fn beyond(operation: &Operation, actor: &Actor) -> Option<&'static str> {
    let lacks_one = |permissions: &[&str]| permissions.iter().any(|permission| !has(actor, permission));
    let is_limited = matches!(actor.credential, Credential::Key { limit, .. } if limit != Limit::None);
    match operation.gives {
        Gift::ToMember(permissions) if lacks_one(permissions) || is_limited => Some("403 beyond_key"),
        Gift::ToKey(permissions) if lacks_one(permissions) => Some("403 permission_denied"),
        _ => None,
    }
}

/// Whether the caller must not learn that the requested resource exists.
fn is_out_of_reach(operation: &Operation, actor: &Actor) -> bool {
    match operation.thing {
        Thing::None => false,
        // These resources belong to all members of a workspace, but a sign-in belongs to one person.
        Thing::Workspace | Thing::Member | Thing::Invitation | Thing::Webhook => {
            actor.relation == Relation::Foreign
        }
        Thing::SignIn => actor.relation != Relation::Own,
        Thing::Account | Thing::Share | Thing::PairingLink => match actor.relation {
            Relation::Foreign => true,
            _ if lists(actor) => true,
            Relation::Own | Relation::Shared => false,
            Relation::Colleagues => !matches!(actor.role, "owner" | "admin"),
        },
    }
}
