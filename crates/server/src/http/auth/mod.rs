//! Identifying the caller: the credentials of a request, the rights that they give, and how often an address may
//! try to sign in. The routes for signing in are in `routes/auth`.

pub(super) mod buckets;
mod caller;
pub(super) mod cookie;
mod familiar;
mod own_site;
mod permit;
mod person;
pub(super) mod strangers;
pub(super) mod throttle;
mod url_credentials;
mod writes;

pub(super) use caller::{Caller, Via, admit};
pub(super) use own_site::OwnSite;
pub(super) use permit::{
    Connect, Delete, Disconnect, ManageKeys, ManageMembers, ManageWebhooks, ManageWorkspace, Needs,
    Permitted, Read, ReadAudit, ReadEvents, ReadMessages, SendMessages, Update,
};
pub(super) use person::Person;
pub(super) use throttle::Throttle;
pub(super) use url_credentials::refuse as refuse_url_credentials;
pub(super) use writes::Writes;
