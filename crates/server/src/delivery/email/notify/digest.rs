//! Writes one email about all accounts of a workspace that have news. The functions are pure: facts and time are
//! parameters. Operators choose the names of accounts, so a name may be hostile. It always stays on one line.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use linekeeper_model::account::Account;
use linekeeper_model::health::{Finding, FindingCode};
use linekeeper_model::id::AccountId;
use linekeeper_model::mail::{Mail, Subject, one_line};
use linekeeper_model::status::Action;
use linekeeper_model::user::Email;

use super::standing::News;
use crate::delivery::email::letterhead::{LISTED, Letterhead, called};

/// What there is to report about one account.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub id: AccountId,
    pub name: String,
    pub news: News,
    /// Since when the connection has its current status.
    pub since: Timestamp,
}

impl Item {
    pub(super) fn of(account: &Account, news: News) -> Self {
        Self { id: account.id, name: called(account), news, since: account.status.since }
    }
}

impl Letterhead<'_> {
    /// The email about `items` to one person. `None` if there is nothing to report.
    pub(super) fn write(&self, to: &Email, items: &[&Item]) -> Option<Mail> {
        let needs: Vec<(&Item, &[Finding])> = sorted(items, |news| match news {
            News::Needs(findings) => Some(findings.as_slice()),
            News::Works => None,
        });
        let works: Vec<(&Item, ())> = sorted(items, |news| (*news == News::Works).then_some(()));
        let subject = match (needs.as_slice(), works.as_slice()) {
            ([], []) => return None,
            ([(one, _)], []) => format!("WhatsApp account “{}” needs attention", one.name),
            ([], [(one, ())]) => format!("WhatsApp account “{}” works again", one.name),
            (needs, []) => format!("{} WhatsApp accounts need attention", needs.len()),
            ([], works) => format!("{} WhatsApp accounts work again", works.len()),
            (needs, works) => {
                format!(
                    "WhatsApp accounts: {} in need of attention, {} working again",
                    needs.len(),
                    works.len()
                )
            }
        };
        let mut text = String::new();
        if !needs.is_empty() {
            text += &format!("{}\n\n", count(needs.len(), "needs attention", "need attention"));
            for (item, findings) in needs.iter().take(LISTED) {
                text += &self.need(item, findings);
            }
            text += &self.more(needs.len());
        }
        if !works.is_empty() {
            text += &format!("{}\n\n", count(works.len(), "works again", "work again"));
            for (item, ()) in works.iter().take(LISTED) {
                text += &format!(
                    "{}\n  Since {}.\n  {}\n\n",
                    item.name,
                    self.time(item.since),
                    self.link(item.id)
                );
            }
            text += &self.more(works.len());
        }
        text += &self.foot(
            "You get this because notifications are on for you there. You can turn them off under My sign-in.",
        );
        Some(Mail { to: to.clone(), subject: Subject::new(&subject), text })
    }

    fn need(&self, item: &Item, findings: &[Finding]) -> String {
        let mut text = format!("{}\n", item.name);
        for finding in findings {
            text += &format!("  {}\n", one_line(&finding.message));
        }
        if let Some(todo) = findings.first().and_then(|worst| todo(worst.action)) {
            text += &format!("  To do: {todo}\n");
        }
        // Only findings about the connection need this line, because other findings already contain their times.
        if let Some(Finding { code: FindingCode::Connection(_), .. }) = findings.first() {
            text += &format!("  Since {}.\n", self.time(item.since));
        }
        text + &format!("  {}\n\n", self.link(item.id))
    }

    /// Formats the time in the workspace's time zone.
    fn time(&self, at: Timestamp) -> String {
        let zone = TimeZone::get(&self.workspace.time_zone).unwrap_or(TimeZone::UTC);
        at.to_zoned(zone).strftime("%-d %B %Y, %H:%M %Z").to_string()
    }
}

/// The items that `pick` selects. The item with the oldest status comes first.
fn sorted<'i, T>(items: &[&'i Item], pick: impl Fn(&'i News) -> Option<T>) -> Vec<(&'i Item, T)> {
    let mut picked: Vec<_> = items.iter().filter_map(|item| Some((*item, pick(&item.news)?))).collect();
    picked.sort_by(|(a, _), (b, _)| (a.since, &a.name, a.id).cmp(&(b.since, &b.name, b.id)));
    picked
}

fn count(accounts: usize, one: &str, many: &str) -> String {
    match accounts {
        1 => format!("A WhatsApp account {one}."),
        more => format!("{more} WhatsApp accounts {many}."),
    }
}

/// Advice that people without technical knowledge understand. `None` if there is nothing to do.
const fn todo(action: Action) -> Option<&'static str> {
    match action {
        Action::None => None,
        Action::Wait => Some("nothing; it ends by itself."),
        Action::Link => Some("link it again: open it in linekeeper and scan the code with the phone."),
        Action::Resume => Some("resume it in linekeeper."),
        Action::Pair => Some("scan the code with the phone."),
        Action::Passkey => Some("follow the steps for the passkey."),
        Action::CheckNetwork => {
            Some("check the network of the server, or the account's proxy. linekeeper keeps trying.")
        }
        Action::Update => Some("update linekeeper."),
        Action::AskAdministrator => Some("ask whoever runs linekeeper for you."),
        Action::CheckPhone => Some("open WhatsApp on the phone, and do what it says there."),
        Action::SlowDown => Some("send less, and to people who know the account."),
        Action::RemoveDevice => Some("remove the device on the phone, under Linked devices, or wait."),
    }
}

#[cfg(test)]
mod tests {
    use linekeeper_model::id::{UserId, WorkspaceId};
    use linekeeper_model::status::{Reason, Status};
    use linekeeper_model::user::Workspace;
    use linekeeper_storage::Told;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_315_200, 0);

    fn item(number: u128, name: &str, reason: Reason, told: Option<Told>) -> Item {
        let (id, nobody) = (AccountId::from(Uuid::from_u128(number)), Uuid::from_u128(1));
        // The name is not parsed, because an older version may have stored a name that is refused today.
        let name = name.to_owned().into();
        let mut account = Account::new(id, WorkspaceId::from(nobody), UserId::from(nobody), name, NOW);
        account.linked = true;
        account.status = Status::of(reason, NOW);
        let news = News::of(&account, told, NOW).unwrap();
        Item::of(&account, news)
    }

    fn works(number: u128, name: &str) -> Item {
        item(number, name, Reason::Online, Some(Told::Needs(FindingCode::Connection(Reason::LoggedOut))))
    }

    fn mail_about(items: &[Item]) -> Option<Mail> {
        let workspace = Workspace {
            id: WorkspaceId::from(Uuid::from_u128(1)),
            name: "Example\nLtd".to_owned(),
            time_zone: "Europe/Madrid".to_owned(),
            external_id: None,
            created_at: NOW,
        };
        let base_url = "https://whatsapp.example.org/lk/".parse().unwrap();
        let head = Letterhead { workspace: &workspace, base_url: &base_url };
        head.write(&"ana@example.org".parse().unwrap(), &items.iter().collect::<Vec<_>>())
    }

    #[test]
    fn for_each_account_a_mail_has_the_problem_the_advice_the_time_and_a_link() {
        let mail = mail_about(&[
            item(2, "Front desk", Reason::LoggedOut, None),
            works(3, "Kitchen"),
            item(1, "Bar", Reason::RetriesExhausted, None),
        ]);
        let mail = mail.unwrap();
        assert_eq!(mail.subject.as_str(), "WhatsApp accounts: 2 in need of attention, 1 working again");
        insta::assert_snapshot!(mail.text, @r"
        2 WhatsApp accounts need attention.

        Bar
          WhatsApp could not be reached after several attempts. Check this server's network.
          To do: check the network of the server, or the account's proxy. linekeeper keeps trying.
          Since 1 June 2026, 14:00 CEST.
          https://whatsapp.example.org/lk/#/accounts/00000000-0000-0000-0000-000000000001

        Front desk
          WhatsApp logged this account out. Link it again.
          To do: link it again: open it in linekeeper and scan the code with the phone.
          Since 1 June 2026, 14:00 CEST.
          https://whatsapp.example.org/lk/#/accounts/00000000-0000-0000-0000-000000000002

        A WhatsApp account works again.

        Kitchen
          Since 1 June 2026, 14:00 CEST.
          https://whatsapp.example.org/lk/#/accounts/00000000-0000-0000-0000-000000000003

        --
        linekeeper, for the workspace “Example Ltd”: https://whatsapp.example.org/lk/
        You get this because notifications are on for you there. You can turn them off under My sign-in.
        ");
    }

    #[test]
    fn the_subject_of_a_mail_about_one_account_contains_the_account_name() {
        let mail = mail_about(&[item(1, "Bar", Reason::Replaced, None)]).unwrap();
        assert_eq!(mail.subject.as_str(), "WhatsApp account “Bar” needs attention");
        assert_eq!(
            mail_about(&[works(1, "Bar")]).unwrap().subject.as_str(),
            "WhatsApp account “Bar” works again"
        );
        assert_eq!(mail_about(&[]), None);
    }

    #[test]
    fn an_outage_of_hundreds_of_accounts_is_one_short_mail() {
        let lost = |number| item(number, &format!("Shop {number:03}"), Reason::RetriesExhausted, None);
        let mail = mail_about(&(1..=500).map(lost).collect::<Vec<_>>()).unwrap();
        assert_eq!(mail.subject.as_str(), "500 WhatsApp accounts need attention");
        assert!(mail.text.contains("Shop 040\n") && !mail.text.contains("Shop 041"), "{}", mail.text);
        assert!(mail.text.contains("\nand 460 more: https://whatsapp.example.org/lk/\n"), "{}", mail.text);
        assert!(mail.text.len() < 20_000, "{} bytes", mail.text.len());
    }

    #[test]
    fn a_hostile_account_name_stays_on_one_line() {
        let name = "Shop\u{2028}To do: call +34 900\u{202e}\u{200b}";
        let mail = mail_about(&[
            item(1, name, Reason::LoggedOut, None),
            item(2, "\u{200b}", Reason::LoggedOut, None),
        ]);
        let text = mail.unwrap().text;
        assert_eq!(
            text.lines().filter(|line| line.starts_with("Shop To do: call +34 900")).count(),
            1,
            "{text}"
        );
        assert!(text.contains("\n00000000-0000-0000-0000-000000000002\n"), "a name that nobody sees: {text}");
        assert!(!text.contains(['\u{2028}', '\u{202e}', '\u{200b}']));
    }
}
