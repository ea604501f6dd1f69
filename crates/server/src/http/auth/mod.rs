//! Who calls: credentials on requests, and the routes by which people get theirs.

mod caller;
mod cookie;
mod familiar;
mod foreign;
pub(super) mod me;
pub(super) mod password;
mod permit;
mod person;
pub(super) mod refresh;
mod session;
pub(super) mod sign_in;
pub(super) mod sign_ins;
pub(super) mod sign_out;
mod throttle;
pub(super) mod totp;
mod url_credentials;

pub(super) use caller::{Caller, Via};
pub(super) use permit::{
    Connect, Delete, Disconnect, ManageKeys, ManageMembers, ManageWorkspace, Permitted, Read, ReadAudit,
    Update,
};
pub(super) use person::Person;
pub(super) use session::{Session, answer_signed_in};
pub(super) use throttle::Throttle;
pub(super) use url_credentials::refuse as refuse_url_credentials;
