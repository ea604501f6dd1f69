//! The callers that the access matrix tries, with their credentials.

use super::operations::{Operation, Thing};
use super::promise::permissions;

/// A caller, with or without a credential, and the caller's relation to the requested resource.
#[derive(Debug, Clone)]
pub struct Actor {
    pub name: String,
    pub role: &'static str,
    pub credential: Credential,
    pub relation: Relation,
}

#[derive(Debug, Clone)]
pub enum Credential {
    None,
    /// A header without a valid credential.
    Rubbish((&'static str, &'static str)),
    Token,
    ExpiredToken,
    Key {
        scopes: Vec<&'static str>,
        limit: Limit,
    },
    ExpiredKey,
    /// A token that the CRM issued.
    ForeignToken(Issued),
}

/// The limit of a key, in addition to its scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    None,
    /// The key is limited to other accounts than the requested one.
    OtherAccounts,
    /// The key works only from the network of these tests.
    Networks,
    /// The key expires, but not yet.
    Time,
}

/// When a token was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issued {
    /// Before the role of its user was changed to Viewer.
    BeforeTheLastChange,
    AfterTheLastChange,
}

/// How the caller is related to the requested resource, such as an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Own,
    Shared,
    Colleagues,
    /// The caller belongs to another workspace.
    Foreign,
}

const RUBBISH: [(&str, &str); 4] = [
    ("authorization", "Basic YW5hOmh1bnRlcjI="),
    ("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
    ("x-api-key", "lk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("x-api-key", "rubbish"),
];

/// Returns all callers to try for an operation. If the operation acts on a resource, such as an account, the callers
/// differ in their relation to it.
pub fn actors(operation: &Operation) -> Vec<Actor> {
    let relations: &[Relation] = match operation.thing {
        Thing::None => &[Relation::Own],
        _ => &[Relation::Own, Relation::Shared, Relation::Colleagues, Relation::Foreign],
    };
    let mut actors = Vec::new();
    for role in ["owner", "admin", "agent", "viewer"] {
        for relation in relations {
            let name = format!("{role} ({relation:?})");
            actors.push(Actor { name, role, credential: Credential::Token, relation: *relation });
        }
    }
    let key = |name: String, scopes: Vec<&'static str>, limit| Actor {
        name,
        role: "owner",
        credential: Credential::Key { scopes, limit },
        relation: Relation::Own,
    };
    for permission in permissions() {
        actors.push(key(format!("key with {permission} alone"), vec![permission], Limit::None));
        let others = permissions().filter(|other| *other != permission).collect();
        actors.push(key(format!("key with all but {permission}"), others, Limit::None));
    }
    for (name, limit) in [
        ("key for everything", Limit::None),
        ("key limited to other accounts", Limit::OtherAccounts),
        ("key limited to networks", Limit::Networks),
        ("key that expires", Limit::Time),
    ] {
        actors.push(key(name.to_owned(), permissions().collect(), limit));
    }
    for role in ["owner", "admin", "agent", "viewer"] {
        for issued in [Issued::AfterTheLastChange, Issued::BeforeTheLastChange] {
            let name = format!("CRM's {role} ({issued:?})");
            let credential = Credential::ForeignToken(issued);
            actors.push(Actor { name, role, credential, relation: Relation::Colleagues });
        }
    }
    let admins = Actor {
        role: "admin",
        ..key("Admin's key for everything".to_owned(), permissions().collect(), Limit::None)
    };
    actors.push(admins);
    let plain = [
        ("expired key", Credential::ExpiredKey),
        ("expired token", Credential::ExpiredToken),
        ("nobody", Credential::None),
    ];
    let plain = plain.map(|(name, credential)| (name.to_owned(), credential));
    let rubbish = RUBBISH.map(|header| (format!("rubbish {}", header.1), Credential::Rubbish(header)));
    for (name, credential) in plain.into_iter().chain(rubbish) {
        actors.push(Actor { name, role: "owner", credential, relation: Relation::Own });
    }
    actors
}

/// A signed-in Owner who asks for their own resources.
pub fn an_owner() -> Actor {
    Actor { name: "owner".to_owned(), role: "owner", credential: Credential::Token, relation: Relation::Own }
}
