//! Writes the weekly report to one person. The functions are pure. Operators choose the names of accounts, so a
//! name may be hostile. It always stays on one line.

use jiff::civil::Date;
use linekeeper_model::analytics::{Figure, Outcome, Totals};
use linekeeper_model::id::AccountId;
use linekeeper_model::mail::{Mail, Subject};
use linekeeper_model::message::MessageStatus;
use linekeeper_model::user::Email;

use super::week::Week;
use crate::delivery::email::letterhead::{LISTED, Letterhead};

/// An account and its figures for the week.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub id: AccountId,
    pub name: String,
    pub figures: Totals,
}

impl Letterhead<'_> {
    /// The report about `items`, or `None` if there are none. Only members who may read messages get message
    /// counts.
    pub(super) fn report(
        &self,
        to: &Email,
        week: &Week,
        items: &[&Item],
        with_messages: bool,
    ) -> Option<Mail> {
        let mut items = items.to_vec();
        // The account with the lowest uptime comes first. Accounts that were meant to be offline all week come
        // last.
        let away = |item: &Item| item.figures.uptime().map_or(f64::INFINITY, |share| share);
        items.sort_by(|a, b| away(a).total_cmp(&away(b)).then_with(|| (&a.name, a.id).cmp(&(&b.name, b.id))));
        let days = days(week.first_day, week.last_day);
        let mut text = format!("What your WhatsApp accounts did from {days}.\n\n");
        if let [_, _, ..] = items.as_slice() {
            let all: Totals = items.iter().map(|item| &item.figures).sum();
            text += &format!("All {} accounts\n{}\n", items.len(), lines(&all, with_messages));
        } else if items.is_empty() {
            return None;
        }
        for item in items.iter().take(LISTED) {
            let (lines, link) = (lines(&item.figures, with_messages), self.link(item.id));
            text += &format!("{}\n{lines}  {link}\n\n", item.name);
        }
        text += &self.more(items.len());
        text += &self.foot(
            "You get this each Monday because weekly reports are on for you there. You can turn them off under My sign-in.",
        );
        Some(Mail { to: to.clone(), subject: Subject::new(&format!("WhatsApp accounts from {days}")), text })
    }
}

/// The figures as text, one line each.
fn lines(figures: &Totals, with_messages: bool) -> String {
    let mut text = format!("  {}.\n", connection(figures));
    if with_messages {
        text += &format!("  {}.\n", messages(figures));
        if let Some(half) = figures.spread(Figure::Response).percentile(50) {
            text += &format!("  Half of the first answers came within {}.\n", time(half));
        }
    }
    text
}

fn connection(figures: &Totals) -> String {
    let Some(uptime) = figures.uptime() else { return "At rest all week".to_owned() };
    let sum = |figure: fn(_) -> Figure| figures.by_reason(figure).values().sum::<u64>();
    let mut parts = vec![format!("Connected {} of the time", percent(uptime))];
    parts.extend(some(sum(Figure::Reconnect), "reconnect", "reconnects"));
    parts.extend(some(sum(Figure::Failure), "failure", "failures"));
    parts.extend(some(sum(Figure::Lost), "link lost", "links lost"));
    parts.join(", ")
}

fn messages(figures: &Totals) -> String {
    let of = |outcome| figures.messages(outcome);
    let parts: Vec<String> = [
        some(of(Outcome::Received), "message received", "messages received"),
        some(of(Outcome::Reached(MessageStatus::Sent)), "sent", "sent"),
        some(of(Outcome::Echoed), "written on the phone", "written on the phone"),
        some(of(Outcome::Reached(MessageStatus::Failed)), "failed", "failed"),
    ]
    .into_iter()
    .flatten()
    .collect();
    match parts.as_slice() {
        [] => "No messages".to_owned(),
        parts => parts.join(", "),
    }
}

fn some(number: u64, one: &str, many: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    }
}

/// Formats a share as a percentage, rounded down. So the text is `100 %` only if no time is missing.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).floor();
    match tenths >= 1000.0 {
        true => "100 %".to_owned(),
        false => format!("{:.1} %", tenths / 10.0),
    }
}

/// Formats a duration roughly, as people say it.
fn time(millis: u64) -> String {
    let seconds = millis.div_ceil(1000);
    match seconds {
        ..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        91..=5400 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}

/// Formats the days of a week, such as `23 to 29 November 2026`. A month or year that both days share is written once.
fn days(first: Date, last: Date) -> String {
    let first = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => first.strftime("%-d"),
        (true, false) => first.strftime("%-d %B"),
        (false, _) => first.strftime("%-d %B %Y"),
    };
    format!("{first} to {}", last.strftime("%-d %B %Y"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use linekeeper_model::analytics::{Slot, Standing};
    use linekeeper_model::id::WorkspaceId;
    use linekeeper_model::message::MessageType;
    use linekeeper_model::reason::Reason;
    use linekeeper_model::status::ConnectionStatus;
    use linekeeper_model::user::Workspace;
    use uuid::Uuid;

    use super::*;

    fn item(number: u128, name: &str, figures: &[(Figure, u64)]) -> Item {
        let mut totals = Totals::default();
        for (figure, count) in figures {
            totals.add(*figure, *count);
        }
        Item { id: AccountId::from(Uuid::from_u128(number)), name: name.to_owned(), figures: totals }
    }

    fn desk() -> Item {
        let text = |outcome| Figure::Message(Some(MessageType::Text), outcome);
        item(
            1,
            "Front desk",
            &[
                (Figure::Time(Standing::In(ConnectionStatus::Connected)), 604_799_000),
                (Figure::Time(Standing::In(ConnectionStatus::Connecting)), 1_000),
                (Figure::Reconnect(Reason::NetworkLost), 4),
                (text(Outcome::Received), 142),
                (text(Outcome::Accepted), 100),
                (text(Outcome::Reached(MessageStatus::Sent)), 98),
                (text(Outcome::Reached(MessageStatus::Failed)), 2),
                (Figure::Response(Slot::of_millis(200_000)), 3),
            ],
        )
    }

    fn kitchen() -> Item {
        let failed = Figure::Time(Standing::In(ConnectionStatus::Failed));
        item(
            2,
            "Kitchen",
            &[
                (failed, 1_000),
                (Figure::Failure(Reason::DeviceRemoved), 1),
                (Figure::Lost(Reason::DeviceRemoved), 1),
            ],
        )
    }

    fn report(items: &[Item], with_messages: bool) -> Option<Mail> {
        let workspace = Workspace {
            id: WorkspaceId::from(Uuid::from_u128(1)),
            name: "Example\nLtd".to_owned(),
            time_zone: "UTC".to_owned(),
            external_id: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let base_url = "https://whatsapp.example.org/".parse().unwrap();
        let head = Letterhead { workspace: &workspace, base_url: &base_url };
        let week = Week::before("2026-06-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC).unwrap();
        head.report(
            &"ana@example.org".parse().unwrap(),
            &week,
            &items.iter().collect::<Vec<_>>(),
            with_messages,
        )
    }

    #[test]
    fn the_report_summarises_all_accounts_and_lists_the_worst_first() {
        let mail = report(&[desk(), item(3, "Bar", &[]), kitchen()], true).unwrap();
        assert_eq!(mail.subject.as_str(), "WhatsApp accounts from 25 to 31 May 2026");
        insta::assert_snapshot!(mail.text, @"
        What your WhatsApp accounts did from 25 to 31 May 2026.

        All 3 accounts
          Connected 99.9 % of the time, 4 reconnects, 1 failure, 1 link lost.
          142 messages received, 98 sent, 2 failed.
          Half of the first answers came within 4 minutes.

        Kitchen
          Connected 0.0 % of the time, 1 failure, 1 link lost.
          No messages.
          https://whatsapp.example.org/#/accounts/00000000-0000-0000-0000-000000000002

        Front desk
          Connected 99.9 % of the time, 4 reconnects.
          142 messages received, 98 sent, 2 failed.
          Half of the first answers came within 4 minutes.
          https://whatsapp.example.org/#/accounts/00000000-0000-0000-0000-000000000001

        Bar
          At rest all week.
          No messages.
          https://whatsapp.example.org/#/accounts/00000000-0000-0000-0000-000000000003

        --
        linekeeper, for the workspace “Example Ltd”: https://whatsapp.example.org/
        You get this each Monday because weekly reports are on for you there. You can turn them off under My sign-in.
        ");
    }

    #[test]
    fn a_member_who_may_not_read_messages_gets_no_message_counts() {
        let mail = report(&[desk()], false).unwrap();
        insta::assert_snapshot!(mail.text, @"
        What your WhatsApp accounts did from 25 to 31 May 2026.

        Front desk
          Connected 99.9 % of the time, 4 reconnects.
          https://whatsapp.example.org/#/accounts/00000000-0000-0000-0000-000000000001

        --
        linekeeper, for the workspace “Example Ltd”: https://whatsapp.example.org/
        You get this each Monday because weekly reports are on for you there. You can turn them off under My sign-in.
        ");
    }

    #[test]
    fn a_member_without_accounts_gets_no_report() {
        assert_eq!(report(&[], true), None);
    }

    #[test]
    fn many_accounts_are_counted_and_only_some_are_listed() {
        let many: Vec<Item> = (1..=500).map(|number| item(number, &format!("Shop {number}"), &[])).collect();
        let text = report(&many, true).unwrap().text;
        assert_eq!(text.matches("\nShop ").count(), 40);
        assert!(text.contains("All 500 accounts\n") && text.contains("and 460 more: "), "{text}");
    }

    #[test]
    fn dates_are_shortened_when_they_share_a_month_or_year() {
        assert_eq!(days(date(2026, 11, 23), date(2026, 11, 29)), "23 to 29 November 2026");
        assert_eq!(days(date(2026, 11, 30), date(2026, 12, 6)), "30 November to 6 December 2026");
        assert_eq!(days(date(2026, 12, 28), date(2027, 1, 3)), "28 December 2026 to 3 January 2027");
    }

    #[test]
    fn an_uptime_percentage_is_never_rounded_up() {
        for (share, said) in [(1.0, "100 %"), (0.999_99, "99.9 %"), (0.0, "0.0 %"), (0.5, "50.0 %")] {
            assert_eq!(percent(share), said);
        }
    }
}
