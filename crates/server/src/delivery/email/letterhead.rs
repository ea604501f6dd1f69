//! What all mails about accounts have in common: how accounts are called in them, where links lead, and who gets them why.

use linekeeper_model::account::Account;
use linekeeper_model::id::AccountId;
use linekeeper_model::mail::one_line;
use linekeeper_model::user::Workspace;
use url::Url;

/// Accounts that a mail describes; of more it says how many.
pub(super) const LISTED: usize = 40;

/// What the mails of one workspace have in common.
pub(super) struct Letterhead<'a> {
    /// The tenant, and with it the time zone.
    pub workspace: &'a Workspace,
    /// Where links lead.
    pub base_url: &'a Url,
}

impl Letterhead<'_> {
    /// Leads to the account in the dashboard.
    pub(super) fn link(&self, account: AccountId) -> Url {
        let mut link = self.base_url.clone();
        link.set_fragment(Some(&format!("/accounts/{account}")));
        link
    }

    /// That there are more accounts than are listed; nothing where there are not.
    pub(super) fn more(&self, of: usize) -> String {
        match of.saturating_sub(LISTED) {
            0 => String::new(),
            more => format!("and {more} more: {}\n\n", self.base_url),
        }
    }

    /// The last lines, which say `why` this came.
    pub(super) fn foot(&self, why: &str) -> String {
        let workspace = one_line(&self.workspace.name);
        format!("--\nlinekeeper, for the workspace “{workspace}”: {}\n{why}\n", self.base_url)
    }
}

/// How an account is called: it may have a name that is made of nothing that can be seen.
pub(super) fn called(account: &Account) -> String {
    match one_line(account.display_name.as_str()) {
        name if name.is_empty() => account.id.to_string(),
        name => name,
    }
}
