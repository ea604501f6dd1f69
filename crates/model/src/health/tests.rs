//! Tests of the rules at their exact limits, and properties that must hold for every snapshot.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::snapshot::in_force;
use super::*;
use crate::account::{Account, Capping, Restriction};
use crate::id::{AccountId, UserId, WorkspaceId};
use crate::limits::DailyLimit;
use crate::status::{Reason, Status};

use HealthStatus::{Critical, Healthy, Warning};

const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);

/// An account that is linked and online, and has no findings.
fn account() -> Account {
    let (id, user) = (AccountId::from(uuid::Uuid::nil()), UserId::from(uuid::Uuid::nil()));
    let workspace = WorkspaceId::from(uuid::Uuid::nil());
    Account {
        linked: true,
        status: Status::of(Reason::Online, NOW),
        ..Account::new(id, workspace, user, "Shop".parse().unwrap(), NOW)
    }
}

fn assess_now(account: &Account) -> Assessment {
    assess(&Snapshot::of(account, Deliveries::default()), NOW)
}

fn level(account: &Account) -> HealthStatus {
    assess_now(account).level
}

fn codes(assessment: &Assessment) -> Vec<&'static str> {
    assessment.findings.iter().map(|finding| finding.code.code()).collect()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn phone_unseen(since: SignedDuration) -> Account {
    Account { phone_seen_at: Some(NOW - since), ..account() }
}

fn restricted(restriction: Restriction) -> Account {
    Account { restriction, ..account() }
}

#[test]
fn an_account_without_findings_is_healthy() {
    assert_eq!(assess_now(&account()), Assessment { level: Healthy, findings: Vec::new() });
}

#[test]
fn every_reason_has_its_level() {
    for reason in Reason::ALL {
        let expected = match reason {
            Reason::Online | Reason::Paused | Reason::UserDisconnected | Reason::LogoutPending => Healthy,
            Reason::NotLinked
            | Reason::QrExpired
            | Reason::Pairing
            | Reason::PasskeyRequired
            | Reason::PasskeyConfirmation
            | Reason::Linking
            | Reason::Connecting
            | Reason::NetworkLost
            | Reason::ServerClosed
            | Reason::KeepaliveTimeout
            | Reason::ServiceUnavailable
            | Reason::RateLimited
            | Reason::WaitingForNode => Warning,
            Reason::RetriesExhausted
            | Reason::LoggedOut
            | Reason::DeviceRemoved
            | Reason::PairingRejected
            | Reason::WrongPairingCode
            | Reason::NumberNotFound
            | Reason::PairingThrottled
            | Reason::PhoneMismatch
            | Reason::Replaced
            | Reason::TemporarilyBanned
            | Reason::AccountLocked
            | Reason::ClientOutdated
            | Reason::SessionUnreadable
            | Reason::ProxyFailed
            | Reason::Refused => Critical,
        };
        let account = Account { status: Status::of(*reason, NOW), ..account() };
        assert_eq!(level(&account), expected, "{reason:?}");
    }
}

#[test]
fn a_connection_finding_repeats_the_message_of_the_status() {
    let mut status = Status::of(Reason::TemporarilyBanned, NOW);
    status.message = "The ban ends tomorrow.".to_owned();
    let found = assess_now(&Account { status, ..account() }).findings;
    assert_eq!((found[0].code.code(), &*found[0].message), ("temporarily_banned", "The ban ends tomorrow."));
}

#[test]
fn daily_use_is_a_warning_from_70_percent_and_critical_above_90_percent() {
    let found = |sent, limit| {
        let mut account = account();
        (account.usage.sent, account.daily_limit) = (sent, DailyLimit::new(limit).unwrap());
        let assessment = assess_now(&account);
        (assessment.level, codes(&assessment).first().copied().unwrap_or_default())
    };
    for (sent, limit, expected) in [
        (0, 1_000, (Healthy, "")),
        (699, 1_000, (Healthy, "")),
        (700, 1_000, (Warning, "daily_limit_near")),
        (900, 1_000, (Warning, "daily_limit_near")),
        (901, 1_000, (Critical, "daily_limit_critical")),
        (999, 1_000, (Critical, "daily_limit_critical")),
        (1_000, 1_000, (Critical, "daily_limit_reached")),
        (u32::MAX, 1_000, (Critical, "daily_limit_reached")),
        (69_999, 100_000, (Healthy, "")),
        (70_000, 100_000, (Warning, "daily_limit_near")),
        (90_000, 100_000, (Warning, "daily_limit_near")),
        (90_001, 100_000, (Critical, "daily_limit_critical")),
        // With a limit of 7 messages, 70 % are 4.9 messages, and 90 % are 6.3 messages.
        (4, 7, (Healthy, "")),
        (5, 7, (Warning, "daily_limit_near")),
        (6, 7, (Warning, "daily_limit_near")),
        (7, 7, (Critical, "daily_limit_reached")),
        (1, 1, (Critical, "daily_limit_reached")),
    ] {
        assert_eq!(found(sent, limit), expected, "{sent} of {limit}");
    }
}

#[test]
fn a_silent_phone_is_a_warning_after_10_days_and_critical_after_12_days() {
    let days = |days: i64, less: i64| seconds(days * 86_400 - less);
    for (since, expected) in [
        (days(10, 1), Healthy),
        (days(10, 0), Warning),
        (days(12, 1), Warning),
        (days(12, 0), Critical),
        (days(400, 0), Critical),
        // After the clock was set back, the time at which the phone was last seen may be in the future.
        (days(-1, 0), Healthy),
    ] {
        assert_eq!(level(&phone_unseen(since)), expected, "{since}");
    }
}

#[test]
fn a_silent_phone_is_no_finding_if_its_account_is_paused_disconnected_or_unlinked() {
    let absent = phone_unseen(SignedDuration::from_hours(24 * 13));
    assert_eq!(codes(&assess_now(&absent)), ["phone_offline_critical"]);
    let status = Status::of(Reason::NetworkLost, NOW);
    assert_eq!(codes(&assess_now(&Account { status, ..absent.clone() }))[0], "phone_offline_critical");
    for reason in [Reason::Paused, Reason::UserDisconnected] {
        let rests = Account { status: Status::of(reason, NOW), ..absent.clone() };
        assert_eq!(level(&rests), Healthy, "{reason:?}");
    }
    assert_eq!(level(&Account { linked: false, ..absent }), Healthy);
}

#[test]
fn a_restriction_affects_the_health_level_only_until_its_end() {
    for (capping, expected) in [
        (Capping::None, Healthy),
        (Capping::FirstWarning, Warning),
        (Capping::SecondWarning, Warning),
        (Capping::Capped, Critical),
    ] {
        let until = |capped_until| restricted(Restriction { capping, capped_until, time_locked_until: None });
        assert_eq!(level(&until(None)), expected);
        assert_eq!(level(&until(Some(NOW + seconds(1)))), expected);
        assert_eq!(level(&until(Some(NOW))), Healthy);
    }
    let locked = |until| Restriction { time_locked_until: Some(until), ..Restriction::default() };
    assert_eq!(level(&restricted(locked(NOW + seconds(1)))), Critical);
    assert_eq!(level(&restricted(locked(NOW))), Healthy);
    let unlinked = Account { linked: false, ..restricted(locked(NOW + seconds(1))) };
    assert_eq!(level(&unlinked), Healthy, "a session that is gone is held back from nothing");
}

#[test]
fn ended_parts_of_a_restriction_are_not_shown() {
    let (past, future) = (Some(NOW), Some(NOW + seconds(1)));
    let told = Restriction { capping: Capping::Capped, capped_until: past, time_locked_until: future };
    let holds = Restriction { time_locked_until: future, ..Restriction::default() };
    assert_eq!(in_force(told, NOW), holds);
    let told = Restriction { capping: Capping::FirstWarning, capped_until: future, time_locked_until: past };
    assert_eq!(in_force(told, NOW), Restriction { time_locked_until: None, ..told });
    let told = Restriction { capping: Capping::None, capped_until: future, time_locked_until: None };
    assert_eq!(in_force(told, NOW), Restriction::default());
}

#[test]
fn failed_messages_cause_a_warning() {
    let last_hour = Deliveries { sends: 20, failed: 2, changes_at: None };
    let assessment = assess(&Snapshot::of(&account(), last_hour), NOW);
    assert_eq!((assessment.level, codes(&assessment)), (Warning, vec!["failure_rate_raised"]));
    assert_eq!(
        assessment.findings[0].message,
        "2 of the last hour's 20 messages failed. Check the numbers that they went to."
    );
}

#[test]
fn findings_are_sorted_by_level_and_then_by_kind() {
    let mut troubled = phone_unseen(SignedDuration::from_hours(24 * 11));
    troubled.status = Status::of(Reason::NetworkLost, NOW);
    troubled.usage.sent = 950;
    troubled.restriction = Restriction {
        capping: Capping::FirstWarning,
        capped_until: None,
        time_locked_until: Some(NOW + SignedDuration::from_hours(48)),
    };
    let last_hour = Deliveries { sends: 100, failed: 50, changes_at: None };
    let assessment = assess(&Snapshot::of(&troubled, last_hour), NOW);
    assert_eq!(
        codes(&assessment),
        [
            "time_locked",
            "daily_limit_critical",
            "network_lost",
            "capping_first_warning",
            "phone_offline",
            "failure_rate_raised"
        ]
    );
    assert_eq!(assessment.level, Critical);
    let messages: Vec<_> = assessment.findings.iter().map(|finding| &*finding.message).collect();
    assert_eq!(
        messages[0],
        "WhatsApp does not let this account write first to anybody until 30 May 2026, 20:26 UTC. Answer those who \
         write to it."
    );
    assert_eq!(messages[1], "950 of today's 1000 messages are used. The count begins anew at midnight.");
    assert_eq!(
        messages[4],
        "The phone was last online 11 days ago. After about 14 days WhatsApp unlinks this account: open WhatsApp on \
         the phone."
    );
}

#[test]
fn finding_codes_are_unique_and_documented_with_their_level() {
    let all: Vec<_> = FindingCode::all().map(FindingCode::code).collect();
    let unique: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(unique.len(), all.len(), "{all:?}");
    let page = include_str!("../../../../docs/API.md");
    let table = page.split("\n## ").find(|section| section.starts_with("Health\n")).unwrap_or_default();
    for code in FindingCode::all() {
        let row = table.lines().find(|line| line.contains(&format!("`{code}`"))).unwrap_or_default();
        assert!(
            row.contains(&format!("{:?}", code.level())),
            "docs/API.md, Health, has no row of {code} with its level"
        );
    }
}

#[test]
fn a_finding_is_read_back_from_json() {
    for code in FindingCode::all() {
        let finding = Finding { code, message: "m".to_owned(), action: code.action() };
        let text = serde_json::to_string(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
    }
    let refused = serde_json::from_str::<FindingCode>("\"online\"").unwrap_err();
    assert!(refused.to_string().starts_with("is not the code of a finding"), "{refused}");
}

#[test]
fn the_exact_time_of_the_next_health_change_is_predicted() {
    let next = |account: &Account, last_hour| next_change(&Snapshot::of(account, last_hour), NOW);
    let calm = Deliveries::default();
    assert_eq!(next(&account(), calm), None);
    let day = |days: i64| SignedDuration::from_hours(24 * days);
    assert_eq!(next(&phone_unseen(day(3)), calm), Some(NOW + day(7)));
    assert_eq!(next(&phone_unseen(day(10)), calm), Some(NOW + day(2)));
    assert_eq!(next(&phone_unseen(day(12)), calm), None);
    let paused = Account { status: Status::of(Reason::Paused, NOW), ..phone_unseen(day(3)) };
    assert_eq!(next(&paused, calm), None);
    let locked = Restriction {
        capping: Capping::Capped,
        capped_until: Some(NOW + seconds(9)),
        time_locked_until: Some(NOW + seconds(7)),
    };
    assert_eq!(next(&restricted(locked), calm), Some(NOW + seconds(7)));
    let hour = |failed| Deliveries { sends: 5, failed, changes_at: Some(NOW + seconds(60)) };
    assert_eq!([next(&account(), hour(0)), next(&account(), hour(1))], [None, Some(NOW + seconds(60))]);
}

fn any_moment() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of((-30_i64 * 86_400..30 * 86_400).prop_map(|offset| NOW + seconds(offset)))
}

prop_compose! {
    fn any_account()(
        reason in prop::sample::select(Reason::ALL),
        linked: bool,
        sent in 0_u32..2_000,
        limit in 1_u32..2_000,
        capping in prop::sample::select(&[
            Capping::None, Capping::FirstWarning, Capping::SecondWarning, Capping::Capped,
        ][..]),
        capped_until in any_moment(),
        time_locked_until in any_moment(),
        phone_seen_at in any_moment(),
    ) -> Account {
        let mut account = account();
        account.status = Status::of(reason, NOW);
        account.linked = linked;
        account.usage.sent = sent;
        account.daily_limit = DailyLimit::new(limit).unwrap();
        account.restriction = Restriction { capping, capped_until, time_locked_until };
        account.phone_seen_at = phone_seen_at;
        account
    }
}

proptest! {
    #[test]
    fn more_sent_messages_never_improve_the_level(account in any_account(), more in 0_u32..2_000) {
        let mut busier = account.clone();
        busier.usage.sent += more;
        prop_assert!(level(&account) <= level(&busier));
    }

    #[test]
    fn a_lower_daily_limit_never_improves_the_level(account in any_account(), less in 1_u32..2_000) {
        let mut limited = account.clone();
        limited.daily_limit = DailyLimit::new(account.daily_limit.get().saturating_sub(less).max(1)).unwrap();
        prop_assert!(level(&account) <= level(&limited));
    }

    #[test]
    fn a_longer_silence_of_the_phone_never_improves_the_level(account in any_account(), longer in 0_i64..60 * 86_400) {
        let mut absent = account.clone();
        absent.phone_seen_at = account.phone_seen_at.map(|seen| seen - seconds(longer));
        prop_assert!(level(&account) <= level(&absent));
    }

    #[test]
    fn the_worst_finding_comes_first_and_decides_the_health_level(account in any_account()) {
        let Assessment { level, findings } = assess_now(&account);
        prop_assert_eq!(level, findings.iter().map(Finding::level).max().unwrap_or(Healthy));
        prop_assert!(findings.is_sorted_by_key(|finding| Reverse(finding.level())));
    }

    /// An actor that waits until `next_change` misses no change.
    #[test]
    fn the_level_does_not_change_before_the_predicted_moment(account in any_account(), share in 0.0_f64..1.0) {
        let snapshot = Snapshot::of(&account, Deliveries::default());
        let next = next_change(&snapshot, NOW);
        let end = next.unwrap_or(NOW + SignedDuration::from_hours(24 * 365));
        prop_assert!(end > NOW);
        let between = NOW + (end.duration_since(NOW) - seconds(1)).mul_f64(share);
        prop_assert_eq!(codes(&assess(&snapshot, between)), codes(&assess(&snapshot, NOW)));
    }
}
