//! The common parts of all emails about accounts: names of accounts, links, and the reason why a person gets the
//! email.

use linekeeper_model::account::Account;
use linekeeper_model::id::AccountId;
use linekeeper_model::mail::one_line;
use linekeeper_model::user::Workspace;
use url::Url;

/// The maximum number of accounts that an email describes. For further accounts, it only says how many there are.
pub(super) const LISTED: usize = 40;

/// The common parts of all emails of one workspace.
pub(super) struct Letterhead<'a> {
    /// The workspace, with its time zone.
    pub workspace: &'a Workspace,
    /// The base URL of the links in the emails.
    pub base_url: &'a Url,
}

impl Letterhead<'_> {
    /// The link to the account's page in the dashboard.
    pub(super) fn link(&self, account: AccountId) -> Url {
        let mut link = self.base_url.clone();
        link.set_fragment(Some(&format!("/accounts/{account}")));
        link
    }

    /// Says how many accounts are not listed. Empty if all are listed.
    pub(super) fn more(&self, of: usize) -> String {
        match of.saturating_sub(LISTED) {
            0 => String::new(),
            more => format!("and {more} more: {}\n\n", self.base_url),
        }
    }

    /// The last lines of an email. They say `why` the person gets it.
    pub(super) fn foot(&self, why: &str) -> String {
        let workspace = one_line(&self.workspace.name);
        format!("--\nlinekeeper, for the workspace “{workspace}”: {}\n{why}\n", self.base_url)
    }
}

/// The name to show for an account. If all characters of the stored name are invisible, this is the account's id.
pub(super) fn called(account: &Account) -> String {
    match one_line(account.display_name.as_str()) {
        name if name.is_empty() => account.id.to_string(),
        name => name,
    }
}
