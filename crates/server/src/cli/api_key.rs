//! `linekeeper api-key create`: creates an API key for a program. Only the key itself is printed on standard
//! output.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use linekeeper_model::access::Permission;
use linekeeper_model::audit::By;
use linekeeper_model::id::AccountId;
use linekeeper_model::network::Network;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Email;
use linekeeper_storage::Reach;

use super::installation::Installation;
use super::{Console, Options};
use crate::credentials::api_key::{self, KeyName, NewApiKey};

/// What the operator can do with API keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a key and print it. It cannot be shown again. Works whether or not the server runs
    Create(Create),
}

/// The options of `api-key create`.
#[derive(Debug, Args)]
pub struct Create {
    /// The email address of the user that the key belongs to. The key never has more rights than this user
    #[arg(long)]
    email: Email,
    /// The name of the key
    #[arg(long)]
    name: KeyName,
    /// The permissions of the key, such as whatsapp:read,whatsapp:connect [default: all permissions of its user]
    #[arg(long, value_delimiter = ',', value_parser = permission)]
    scopes: Option<Vec<Permission>>,
    /// The ids of the accounts that the key may use, separated by commas [default: all accounts that its user may
    /// use]
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    accounts: Option<Vec<AccountId>>,
    /// The only networks from which the key may be used, such as 192.0.2.0/24,2001:db8::/32 [default: all
    /// networks]
    #[arg(long, value_delimiter = ',')]
    networks: Option<Vec<Network>>,
    /// The time after which the key expires, such as 90d, 12h or 30m [default: never]
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    expires_in: Option<Duration>,
}

impl Create {
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let installation = Installation::open(options).await?;
        let made = self.make(&installation).await;
        installation.close().await;
        console.say(made?.expose())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn make(self, installation: &Installation) -> anyhow::Result<Secret<String>> {
        let now = installation.clock.now();
        let mut tx = installation.storage.begin().await?;
        let found = tx.users().by_email(&self.email).await?;
        let (user, _) = found.with_context(|| format!("there is no user {}", self.email))?;
        let memberships = tx.members().of_user(user.id).await?;
        let member = memberships.first().with_context(|| format!("{} is in no workspace", self.email))?;
        let own = || Permission::ALL.into_iter().filter(|p| member.role.allows(*p)).collect();
        let scopes: BTreeSet<Permission> = self.scopes.map_or_else(own, BTreeSet::from_iter);
        let expires_at = self.expires_in.map(|lifetime| now.checked_add(lifetime)).transpose();
        let expires_at = expires_at.context("--expires-in is too long")?;
        for account in self.accounts.iter().flatten() {
            let reached = tx.accounts().is_within(Reach::of(member), *account).await?;
            anyhow::ensure!(reached, "{} reaches no account {account}", self.email);
        }
        let new = NewApiKey {
            name: self.name,
            scopes,
            accounts: self.accounts,
            networks: self.networks.unwrap_or_default(),
            expires_at,
        };
        let (key, text) = api_key::mint(member, new, now, &mut rand::rng());
        api_key::store(&mut tx, &key, &text, &By::command_line()).await?;
        tx.commit().await?;
        Ok(text)
    }
}

fn permission(name: &str) -> Result<Permission, String> {
    serde_json::from_value(name.into()).map_err(|_| {
        let known: Vec<String> = Permission::ALL.iter().filter_map(name_of).collect();
        format!("must be one of {}", known.join(", "))
    })
}

fn name_of(permission: &Permission) -> Option<String> {
    serde_json::to_value(permission).ok()?.as_str().map(str::to_owned)
}

/// Parses a whole number and a unit: `s`, `m`, `h`, `d` (24 hours) or `w` (7 days). The result must be at least
/// one second.
fn lifetime(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "must be a number and a unit, such as 90d, 12h or 30m";
    let unit = text.chars().last().ok_or(EXPECTED)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return Err(EXPECTED),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| EXPECTED)?;
    let total = number.checked_mul(seconds).filter(|total| *total > 0).ok_or(EXPECTED)?;
    Ok(Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_parsed() {
        assert_eq!(lifetime("90d"), Ok(Duration::from_secs(90 * 86_400)));
        assert_eq!(lifetime("12h"), Ok(Duration::from_secs(43_200)));
        for text in ["", "d", "0d", "-1d", "1.5h", "90", "90 d", "90é", "18446744073709551615w"] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn permissions_are_parsed_by_name() {
        assert_eq!(permission("whatsapp:read"), Ok(Permission::WhatsappRead));
        assert!(permission("WhatsappRead").unwrap_err().contains("whatsapp:read, whatsapp:connect"));
    }
}
