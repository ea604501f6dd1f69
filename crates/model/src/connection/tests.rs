//! The machine against its specification: named stories, then properties over random inputs.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::status::{ConnectionStatus, Reason};

fn at(seconds: u64) -> Moment {
    Moment { now: Timestamp::UNIX_EPOCH + Duration::from_secs(seconds), jitter: 0.0 }
}

fn rest() -> Connection {
    Connection::at_rest(Rest::NotLinked, Timestamp::UNIX_EPOCH)
}

/// Applies an input that belongs to the connection of the moment.
fn step(
    connection: Connection,
    seconds: u64,
    input: impl FnOnce(Epoch) -> Input,
) -> (Connection, Vec<Effect>) {
    let input = input(connection.epoch());
    connection.next(input, at(seconds))
}

fn online() -> Connection {
    let (connection, _) = rest().next(Input::Resume { linked: true }, at(0));
    step(connection, 1, Input::LoggedIn).0
}

fn qr(text: &str) -> QrRef {
    QrRef { text: text.to_owned(), refresh_at: at(60).now }
}

#[test]
fn a_link_from_the_first_code_to_online() {
    let (connection, effects) = rest().next(Input::Link { linked: false }, at(0));
    let epoch = connection.epoch();
    assert_eq!(effects, [Effect::ClearSession, Effect::Open(epoch), Effect::WakeAt(epoch, at(120).now)]);

    let (connection, _) = step(connection, 1, |e| Input::QrCode(e, qr("one")));
    let (connection, _) = step(connection, 2, Input::Paired);
    assert_eq!(connection.status().reason, Reason::Linking);

    let (connection, effects) = step(connection, 3, |e| Input::Ended(e, End::Restart));
    assert!(effects.contains(&Effect::Open(connection.epoch())), "515 reconnects at once");
    let (connection, effects) = step(connection, 4, Input::LoggedIn);
    assert_eq!(effects, [Effect::StayUnavailable]);
    assert_eq!(connection.status().state, ConnectionStatus::Connected);
}

#[test]
fn the_newest_code_is_the_one_shown_and_ends_with_the_window() {
    let (connection, _) = rest().next(Input::Link { linked: false }, at(0));
    let (connection, _) = step(connection, 1, |e| Input::QrCode(e, qr("one")));
    let late = QrRef { text: "two".into(), refresh_at: at(140).now };
    let (connection, _) = step(connection, 100, |e| Input::QrCode(e, late));
    let State::Pairing { step: crate::pairing::Step::ShowQr(code), .. } = connection.state() else {
        panic!("{connection:?}")
    };
    assert_eq!((code.text.as_str(), code.refresh_at, code.expires_at), ("two", at(120).now, at(120).now));
}

#[test]
fn nobody_scans() {
    let (connection, _) = rest().next(Input::Link { linked: false }, at(0));
    let (connection, effects) = step(connection, 120, Input::Wake);
    assert_eq!(connection.status().reason, Reason::QrExpired);
    assert_eq!(effects, [Effect::Close, Effect::ClearSession]);
}

#[test]
fn a_pairing_outlives_its_connection_with_a_new_client() {
    let (connection, _) = rest().next(Input::Link { linked: false }, at(0));
    let (connection, _) = step(connection, 1, |e| Input::QrCode(e, qr("one")));
    let (connection, effects) = step(connection, 30, |e| Input::Ended(e, End::Lost(Loss::Network)));
    assert_eq!(effects, [Effect::Close, Effect::WakeAt(connection.epoch(), at(31).now)]);
    let (connection, effects) = step(connection, 31, Input::Wake);
    let epoch = connection.epoch();
    assert_eq!(
        effects,
        [Effect::Open(epoch), Effect::WakeAt(epoch, at(120).now)],
        "the window does not move"
    );
}

#[test]
fn the_schedule_runs_out_after_five_attempts() {
    let (mut connection, _) = step(online(), 2, |e| Input::Ended(e, End::Lost(Loss::Network)));
    let mut waits = Vec::new();
    let mut seconds = 2;
    while let State::Waiting { until, .. } = *connection.state() {
        let wait = until.duration_since(at(seconds).now).as_secs();
        waits.push(wait);
        seconds += wait.unsigned_abs();
        connection = step(connection, seconds, Input::Wake).0;
        connection = step(connection, seconds, |e| Input::Ended(e, End::Lost(Loss::Network))).0;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16]);
    assert_eq!(connection.status().reason, Reason::RetriesExhausted);
}

#[test]
fn a_connection_that_held_starts_the_schedule_anew() {
    let (connection, _) = step(online(), 2, |e| Input::Ended(e, End::Lost(Loss::Network)));
    let (connection, _) = step(connection, 3, Input::Wake);
    let (connection, _) = step(connection, 4, Input::LoggedIn);
    let (soon, _) = step(connection.clone(), 33, |e| Input::Ended(e, End::Lost(Loss::Network)));
    let (later, _) = step(connection, 34, |e| Input::Ended(e, End::Lost(Loss::Network)));
    assert_eq!((soon.status().attempt, later.status().attempt), (2, 1));
}

#[test]
fn a_server_that_repeats_515_does_not_make_us_spin() {
    let mut connection = online();
    for seconds in 0..8 {
        connection = step(connection, seconds, |e| Input::Ended(e, End::Restart)).0;
    }
    assert_eq!(connection.status().reason, Reason::ServerClosed);
}

#[test]
fn disconnecting_logs_out_once() {
    let (connection, effects) = online().next(Input::Disconnect, at(5));
    assert_eq!(effects, [Effect::Logout, Effect::ClearSession]);
    let (connection, effects) = connection.next(Input::Disconnect, at(6));
    assert_eq!((connection.status().reason, effects.len()), (Reason::UserDisconnected, 0));
}

#[test]
fn a_lost_session_is_cleared_and_a_replaced_one_kept() {
    let (removed, effects) = step(online(), 5, |e| Input::Ended(e, End::Refused(Failure::DeviceRemoved)));
    assert_eq!(effects, [Effect::Close, Effect::ClearSession]);
    let (_, effects) = removed.next(Input::Link { linked: false }, at(6));
    assert_eq!(effects.first(), Some(&Effect::ClearSession), "links anew");

    let (replaced, effects) = step(online(), 5, |e| Input::Ended(e, End::Refused(Failure::Replaced)));
    assert_eq!(effects, [Effect::Close]);
    let (back, _) = replaced.next(Input::Link { linked: true }, at(6));
    assert_eq!(back.status().reason, Reason::Connecting, "an operator may take it back");
}

#[test]
fn a_login_that_never_answers_is_given_up() {
    let (connection, _) = rest().next(Input::Resume { linked: true }, at(0));
    let (connection, effects) = step(connection, 90, Input::Wake);
    assert_eq!(connection.status().reason, Reason::KeepaliveTimeout);
    assert_eq!(effects.first(), Some(&Effect::Close));
}

#[test]
fn since_moves_only_with_the_reason() {
    let (connection, _) = rest().next(Input::Link { linked: false }, at(10));
    let (connection, _) = step(connection, 20, |e| Input::QrCode(e, qr("one")));
    assert_eq!(connection.status().since, at(10).now);
}

fn any_end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Restart),
        Just(End::QrExhausted),
        Just(End::Lost(Loss::Network)),
        Just(End::Lost(Loss::RateLimited)),
        Just(End::Refused(Failure::LoggedOut)),
        Just(End::Refused(Failure::Replaced)),
        Just(End::Refused(Failure::TemporarilyBanned { until: None })),
    ]
}

/// Inputs of the present (offset 0) and of the past.
fn any_input() -> impl Strategy<Value = (u64, Input)> {
    let late = prop_oneof![3 => Just(0u64), 1 => 1u64..4];
    let input = prop_oneof![
        any::<bool>().prop_map(|linked| Input::Link { linked }),
        any::<bool>().prop_map(|linked| Input::Resume { linked }),
        Just(Input::Pause),
        Just(Input::Disconnect),
        Just(Input::Wake(Epoch(0))),
        Just(Input::QrCode(Epoch(0), qr("x"))),
        Just(Input::Paired(Epoch(0))),
        Just(Input::WrongPhone(Epoch(0), WrongPhone::Taken)),
        Just(Input::LoggedIn(Epoch(0))),
        any_end().prop_map(|end| Input::Ended(Epoch(0), end)),
    ];
    (late, input)
}

fn with_epoch(input: Input, epoch: Epoch) -> Input {
    match input {
        Input::Wake(_) => Input::Wake(epoch),
        Input::QrCode(_, qr) => Input::QrCode(epoch, qr),
        Input::Paired(_) => Input::Paired(epoch),
        Input::WrongPhone(_, wrong) => Input::WrongPhone(epoch, wrong),
        Input::LoggedIn(_) => Input::LoggedIn(epoch),
        Input::Ended(_, end) => Input::Ended(epoch, end),
        wish => wish,
    }
}

proptest! {
    #[test]
    fn whatever_happens(story in proptest::collection::vec(any_input(), 1..60)) {
        let mut connection = rest();
        let mut highest = Epoch(0);
        for (seconds, (late, input)) in story.into_iter().enumerate() {
            let before = connection.clone();
            let wish = matches!(input, Input::Link { .. } | Input::Resume { .. } | Input::Pause | Input::Disconnect);
            let epoch = Epoch(connection.epoch().0.wrapping_sub(late));
            let input = with_epoch(input, epoch);
            let (next, effects) = connection.next(input, at(seconds as u64));

            if !wish && late > 0 {
                prop_assert_eq!(&next, &before, "a late answer changes nothing");
            }
            if matches!(before.state(), State::Idle(_) | State::Failed(_)) && !wish {
                prop_assert!(effects.is_empty(), "nothing connects by itself out of {:?}", before);
            }
            let opened: Vec<_> = effects.iter().filter_map(|e| match e { Effect::Open(e) => Some(*e), _ => None }).collect();
            prop_assert!(opened.len() <= 1, "one connection at most");
            for epoch in opened {
                prop_assert!(epoch > highest, "an epoch is never used twice");
                highest = epoch;
            }
            connection = next;
        }
    }
}
