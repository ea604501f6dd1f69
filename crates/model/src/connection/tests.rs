//! Tests of the state machine: first named situations, then properties with random inputs.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::pairing::{Method, Step};
use crate::status::{ConnectionStatus, Reason};

const PROBE: Duration = Duration::from_secs(300);

fn at(seconds: u64) -> Moment {
    Moment {
        now: Timestamp::UNIX_EPOCH + Duration::from_secs(seconds),
        jitter: 0.0,
        probe_every: Some(PROBE),
    }
}

/// An operator asks to link the account by QR code.
const fn link(linked: bool) -> Input {
    Input::Link { linked, method: Method::Qr }
}

fn phone() -> PhoneNumber {
    "+15551234567".parse().unwrap()
}

fn rest() -> Connection {
    Connection::at_rest(Rest::NotLinked, Timestamp::UNIX_EPOCH)
}

/// Applies an input that has the current epoch.
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
    step(connection, 1, logged_in).0
}

/// The phone that belongs to the account agrees to link.
const fn paired(epoch: Epoch) -> Input {
    Input::Paired(epoch, Owner::Held)
}

/// WhatsApp accepts a login with the session of the account's own phone.
const fn logged_in(epoch: Epoch) -> Input {
    Input::LoggedIn(epoch, Owner::Held)
}

fn qr(text: &str) -> QrRef {
    QrRef { text: text.to_owned(), refresh_at: at(60).now }
}

#[test]
fn a_pairing_goes_from_the_first_qr_code_to_online() {
    let (connection, effects) = rest().next(link(false), at(0));
    let epoch = connection.epoch();
    assert_eq!(effects, [Effect::ClearSession, Effect::Open(epoch), Effect::WakeAt(epoch, at(120).now)]);

    let (connection, _) = step(connection, 1, |e| Input::QrCode(e, qr("one")));
    let (connection, _) = step(connection, 2, paired);
    assert_eq!(connection.status().reason, Reason::Linking);

    let (connection, effects) = step(connection, 3, |e| Input::Ended(e, End::Restart));
    assert!(effects.contains(&Effect::Open(connection.epoch())), "515 reconnects at once");
    let (connection, effects) = step(connection, 4, logged_in);
    assert_eq!(effects, [Effect::StayUnavailable]);
    assert_eq!(connection.status().state, ConnectionStatus::Connected);
}

#[test]
fn only_the_newest_qr_code_is_shown_and_it_expires_with_the_pairing() {
    let (connection, _) = rest().next(link(false), at(0));
    let (connection, _) = step(connection, 1, |e| Input::QrCode(e, qr("one")));
    let late = QrRef { text: "two".into(), refresh_at: at(140).now };
    let (connection, _) = step(connection, 100, |e| Input::QrCode(e, late));
    let State::Pairing { step: Step::ShowQr(code), .. } = connection.state() else {
        panic!("{connection:?}")
    };
    assert_eq!((code.text.as_str(), code.refresh_at, code.expires_at), ("two", at(120).now, at(120).now));
}

#[test]
fn a_pairing_expires_when_nobody_scans() {
    let (connection, _) = rest().next(link(false), at(0));
    let (connection, effects) = step(connection, 120, Input::Wake);
    assert_eq!(connection.status().reason, Reason::QrExpired);
    assert_eq!(effects, [Effect::Close, Effect::ClearSession]);
}

#[test]
fn a_pairing_continues_with_a_new_client_after_its_connection_ends() {
    let (connection, _) = rest().next(link(false), at(0));
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
fn the_retries_are_exhausted_after_five_attempts() {
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
fn a_connection_that_lasted_long_enough_resets_the_retries() {
    let (connection, _) = step(online(), 2, |e| Input::Ended(e, End::Lost(Loss::Network)));
    let (connection, _) = step(connection, 3, Input::Wake);
    let (connection, _) = step(connection, 4, logged_in);
    let (soon, _) = step(connection.clone(), 33, |e| Input::Ended(e, End::Lost(Loss::Network)));
    let (later, _) = step(connection, 34, |e| Input::Ended(e, End::Lost(Loss::Network)));
    assert_eq!((soon.status().attempt, later.status().attempt), (2, 1));
}

#[test]
fn a_server_that_repeats_515_does_not_cause_a_busy_loop() {
    let mut connection = online();
    for seconds in 0..8 {
        connection = step(connection, seconds, |e| Input::Ended(e, End::Restart)).0;
    }
    assert_eq!(connection.status().reason, Reason::ServerClosed);
}

#[test]
fn disconnecting_an_account_twice_logs_out_once() {
    let (leaving, effects) = online().next(Input::Disconnect, at(5));
    assert_eq!((leaving.status().reason, effects), (Reason::Online, vec![Effect::Leave]));
    let (connection, effects) = leaving.clone().next(Input::Left { pending: false }, at(6));
    assert_eq!((connection.status().reason, effects.len()), (Reason::UserDisconnected, 0));
    let late = Input::Ended(leaving.epoch(), End::Refused(Failure::DeviceRemoved));
    let (connection, _) = connection.next(late, at(7));
    let (connection, effects) = connection.next(Input::Disconnect, at(8));
    assert_eq!((connection.status().reason, effects.len()), (Reason::UserDisconnected, 0));
}

#[test]
fn a_logout_stays_pending_until_whatsapp_confirms_it() {
    let (left, _) = online().next(Input::Left { pending: true }, at(5));
    assert_eq!(left.status().reason, Reason::LogoutPending);
    let (left, effects) = left.next(Input::Resume { linked: false }, at(6));
    assert_eq!((left.status().reason, effects.len()), (Reason::LogoutPending, 0), "a start changes nothing");
    let (done, _) = left.clone().next(Input::LoggedOut, at(7));
    assert_eq!(done.status().reason, Reason::UserDisconnected);

    let (anew, effects) = left.next(link(false), at(7));
    assert_eq!(anew.status().reason, Reason::Pairing, "it can be linked before");
    assert_eq!(effects.first(), Some(&Effect::ClearSession));
    let (same, effects) = anew.clone().next(Input::LoggedOut, at(8));
    assert_eq!((same, effects.len()), (anew, 0), "the old device does not disturb the new link");
}

#[test]
fn a_phone_that_links_after_the_pairing_was_abandoned_is_logged_out() {
    let (pairing, _) = rest().next(link(false), at(0));
    let (paused, _) = pairing.next(Input::Pause, at(1));
    let (pending, _) = paused.next(Input::SetAside, at(2));
    assert_eq!(pending.status().reason, Reason::LogoutPending);
    assert_eq!(pending.next(Input::LoggedOut, at(3)).0.status().reason, Reason::NotLinked);
}

/// If one phone scans the codes of two accounts at the same time, the account whose row is written later fails with a
/// phone mismatch.
#[test]
fn only_a_phone_that_is_stored_for_an_account_brings_the_account_online() {
    let pairing = || rest().next(link(false), at(0)).0;
    for owner in [Owner::Unexpected { came: None }, Owner::Taken { came: Some(phone()) }] {
        let (refused, effects) = step(pairing(), 1, |e| Input::Paired(e, owner));
        assert_eq!(refused.status().reason, Reason::PhoneMismatch, "{owner:?}");
        assert_eq!(effects, [Effect::Close, Effect::ClearSession], "{owner:?}");
    }
    let (linking, _) = step(pairing(), 1, |e| Input::Paired(e, Owner::Unwritten));
    assert_eq!(linking.status().reason, Reason::Linking, "the database may come back before the login");
    let (waiting, effects) = step(linking.clone(), 2, |e| Input::LoggedIn(e, Owner::Unwritten));
    assert_eq!(waiting.status().reason, Reason::ServiceUnavailable);
    assert_eq!(effects.first(), Some(&Effect::Close));
    let (refused, effects) = step(linking.clone(), 2, |e| Input::LoggedIn(e, Owner::Taken { came: None }));
    assert_eq!(refused.status().reason, Reason::PhoneMismatch);
    assert_eq!(effects, [Effect::Close, Effect::ClearSession]);
    assert_eq!(step(linking, 2, logged_in).0.status().reason, Reason::Online);
}

#[test]
fn a_login_without_a_session_reports_not_linked() {
    let (connecting, _) = rest().next(Input::Resume { linked: true }, at(0));
    let (rest, _) = step(connecting, 1, |e| Input::Ended(e, End::NoSession));
    assert_eq!(rest.status().reason, Reason::NotLinked);
    assert_eq!(rest.next(link(false), at(2)).0.status().reason, Reason::Pairing);
}

#[test]
fn a_removed_device_loses_its_session_and_a_replaced_connection_keeps_the_session() {
    let (removed, effects) = step(online(), 5, |e| Input::Ended(e, End::Refused(Failure::DeviceRemoved)));
    assert_eq!(effects, [Effect::Close, Effect::Forget]);
    let (_, effects) = removed.next(link(false), at(6));
    assert_eq!(effects.first(), Some(&Effect::ClearSession), "links anew");

    let (replaced, effects) = step(online(), 5, |e| Input::Ended(e, End::Refused(Failure::Replaced)));
    assert_eq!(effects, [Effect::Close]);
    let (back, _) = replaced.next(link(true), at(6));
    assert_eq!(back.status().reason, Reason::Connecting, "an operator may take it back");
}

#[test]
fn a_session_refused_before_its_first_login_is_reported_as_not_linked() {
    let refused = End::Refused(Failure::LoggedOut);
    assert_eq!(End::Lost(Loss::Network).of_unproven_link(), End::Lost(Loss::Network));
    let (connection, _) = rest().next(Input::Resume { linked: true }, at(0));
    let (connection, effects) = step(connection, 1, |e| Input::Ended(e, refused.of_unproven_link()));
    assert_eq!(effects, [Effect::Close, Effect::Forget]);
    assert_eq!(connection.status().reason, Reason::NotLinked);
}

#[test]
fn a_login_without_an_answer_times_out() {
    let (connection, effects) = rest().next(Input::Resume { linked: true }, at(0));
    let epoch = connection.epoch();
    assert_eq!(effects, [Effect::Open(epoch)], "no clock runs while it waits for its turn");
    let (connection, effects) = step(connection, 500, Input::Dialling);
    assert_eq!(effects, [Effect::WakeAt(epoch, at(590).now)]);
    let (connection, effects) = step(connection, 590, Input::Wake);
    assert_eq!(connection.status().reason, Reason::KeepaliveTimeout);
    assert_eq!(effects.first(), Some(&Effect::Close));
}

#[test]
fn a_probe_reconnects_an_account_whose_retries_are_exhausted() {
    let mut connection = online();
    for seconds in 2..8 {
        connection = step(connection, seconds, |e| Input::Ended(e, End::Lost(Loss::Network))).0;
        if matches!(connection.state(), State::Waiting { .. }) {
            connection = step(connection, seconds, Input::Wake).0;
        }
    }
    let status = connection.status();
    assert_eq!((status.reason, status.next_retry_at), (Reason::RetriesExhausted, Some(at(307).now)));
    let since = status.since;

    let (probing, effects) = step(connection, 307, Input::Wake);
    assert_eq!(effects, [Effect::Open(probing.epoch())]);
    assert_eq!(probing.status().reason, Reason::RetriesExhausted, "a quiet probe does not show");
    let (waiting, effects) = step(probing, 310, |e| Input::Ended(e, End::Lost(Loss::Network)));
    assert_eq!(effects, [Effect::Close, Effect::WakeAt(waiting.epoch(), at(610).now)]);
    assert_eq!(waiting.status().since, since);

    let (probing, _) = step(waiting, 610, Input::Wake);
    let (back, _) = step(probing, 611, logged_in);
    assert_eq!((back.status().reason, back.status().attempt), (Reason::Online, 0));
}

#[test]
fn without_probes_the_account_stays_failed_until_a_person_reconnects_it() {
    let silent = |seconds| Moment { probe_every: None, ..at(seconds) };
    let mut connection = online();
    for seconds in 2..8 {
        let lost = Input::Ended(connection.epoch(), End::Lost(Loss::Proxy));
        connection = connection.next(lost, silent(seconds)).0;
        let wake = Input::Wake(connection.epoch());
        connection = connection.next(wake, silent(seconds)).0;
    }
    let status = connection.status();
    assert_eq!((status.reason, status.next_retry_at), (Reason::ProxyFailed, None));
    let (connection, effects) = connection.next(link(true), silent(9));
    assert_eq!(effects, [Effect::Open(connection.epoch())]);
}

#[test]
fn a_pairing_code_is_requested_once_the_socket_is_open() {
    let (connection, _) = rest().next(Input::Link { linked: false, method: Method::Code(phone()) }, at(0));
    let (connection, effects) = step(connection, 1, |e| Input::QrCode(e, qr("one")));
    assert_eq!(effects, [Effect::RequestCode(connection.epoch(), phone())]);
    let code =
        crate::pairing::PairingCode { code: "ABCD1234".into(), phone: phone(), expires_at: at(181).now };
    let (connection, _) = step(connection, 2, |e| Input::Code(e, code));
    let (connection, _) = step(connection, 60, |e| Input::QrCode(e, qr("two")));
    let State::Pairing { step: Step::ShowCode(shown), .. } = connection.state() else {
        panic!("{connection:?}")
    };
    assert_eq!(shown.expires_at, at(120).now, "no code outlives the window");
}

#[test]
fn a_qr_pairing_can_switch_to_a_code() {
    let (connection, _) = rest().next(link(false), at(0));
    let (connection, effects) = connection.next(Input::ShowCode(phone()), at(1));
    assert_eq!(effects, [], "the socket is not open yet");
    let (connection, effects) = step(connection, 2, |e| Input::QrCode(e, qr("one")));
    assert_eq!(effects, [Effect::RequestCode(connection.epoch(), phone())]);
    let (other, effects) = online().next(Input::ShowCode(phone()), at(3));
    assert_eq!((other, effects), (online(), vec![]));
}

#[test]
fn a_pairing_can_ask_for_a_passkey_and_then_for_its_confirmation() {
    let (connection, _) = rest().next(link(false), at(0));
    let (connection, _) = step(connection, 1, |e| Input::PasskeyRequired(e, "{}".into()));
    assert_eq!(connection.status().reason, Reason::PasskeyRequired);
    let (connection, _) = step(connection, 2, |e| Input::QrCode(e, qr("late")));
    assert_eq!(connection.status().reason, Reason::PasskeyRequired, "a later ref hides nothing");
    let (connection, _) = step(connection, 3, |e| Input::PasskeyConfirmation(e, "ABCD-1234".into()));
    assert_eq!(connection.status().reason, Reason::PasskeyConfirmation);
    assert_eq!(step(connection, 4, paired).0.status().reason, Reason::Linking);
}

#[test]
fn linking_again_in_the_second_half_of_a_pairing_starts_a_new_pairing() {
    let (connection, _) = rest().next(link(false), at(0));
    let (same, effects) = connection.clone().next(link(false), at(59));
    assert_eq!((&same, effects.len()), (&connection, 0), "the second of two gets the first one's window");
    let (anew, effects) = connection.next(link(false), at(60));
    let epoch = anew.epoch();
    let open = [Effect::Open(epoch), Effect::WakeAt(epoch, at(180).now)];
    assert_eq!(effects[..2], [Effect::Close, Effect::ClearSession]);
    assert_eq!(effects[2..], open);
}

#[test]
fn a_changed_proxy_reconnects_the_account_at_once() {
    let (connection, effects) = online().next(Input::Reroute, at(5));
    assert_eq!(effects, [Effect::Close, Effect::Open(connection.epoch())]);
    let (connection, effects) = rest().next(Input::Reroute, at(5));
    assert_eq!((connection.status().reason, effects.len()), (Reason::NotLinked, 0));
    let (failed, _) = step(online(), 5, |e| Input::Ended(e, End::Refused(Failure::ProxyFailed)));
    assert_eq!(failed.clone().next(Input::Resume { linked: true }, at(6)).1, [], "nothing heals by itself");
    assert_eq!(failed.next(Input::Reroute, at(6)).0.status().reason, Reason::Connecting);
}

#[test]
fn a_pause_closes_the_connection_and_a_resume_reopens_it() {
    let (paused, effects) = online().next(Input::Pause, at(5));
    assert_eq!((paused.status().reason, effects), (Reason::Paused, vec![Effect::Close]));
    let (back, _) = paused.next(Input::Resume { linked: true }, at(6));
    assert_eq!(back.status().reason, Reason::Connecting);
    let (pairing, _) = rest().next(link(false), at(0));
    assert_eq!(pairing.next(Input::Pause, at(1)).1, [Effect::Close, Effect::ClearSession]);
}

#[test]
fn the_start_time_of_a_status_changes_only_if_the_reason_changes() {
    let (connection, _) = rest().next(link(false), at(10));
    let (connection, _) = step(connection, 20, |e| Input::QrCode(e, qr("one")));
    assert_eq!(connection.status().since, at(10).now);
}

fn any_end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Restart),
        Just(End::QrExhausted),
        Just(End::NeverLinked),
        Just(End::Lost(Loss::Network)),
        Just(End::Lost(Loss::RateLimited)),
        Just(End::NoSession),
        Just(End::Refused(Failure::LoggedOut)),
        Just(End::Refused(Failure::Replaced)),
        Just(End::Refused(Failure::TemporarilyBanned { until: None })),
    ]
}

fn any_owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        Just(Owner::Held),
        Just(Owner::Unexpected { came: None }),
        Just(Owner::Taken { came: None }),
        Just(Owner::Unwritten),
    ]
}

/// Any input, and how far its epoch lies behind the current one.
fn any_input() -> impl Strategy<Value = (u64, Input)> {
    let late = prop_oneof![3 => Just(0u64), 1 => 1u64..4];
    let input = prop_oneof![
        any::<bool>().prop_map(link),
        Just(Input::Link { linked: false, method: Method::Code(phone()) }),
        Just(Input::ShowCode(phone())),
        Just(Input::Reroute),
        Just(Input::Dialling(Epoch(0))),
        Just(Input::CodeSpent(Epoch(0))),
        Just(Input::PasskeyRequired(Epoch(0), String::new())),
        any::<bool>().prop_map(|linked| Input::Resume { linked }),
        Just(Input::Pause),
        Just(Input::Disconnect),
        any::<bool>().prop_map(|pending| Input::Left { pending }),
        Just(Input::SetAside),
        Just(Input::LoggedOut),
        Just(Input::Wake(Epoch(0))),
        Just(Input::QrCode(Epoch(0), qr("x"))),
        any_owner().prop_map(|owner| Input::Paired(Epoch(0), owner)),
        any_owner().prop_map(|owner| Input::LoggedIn(Epoch(0), owner)),
        any_end().prop_map(|end| Input::Ended(Epoch(0), end)),
    ];
    (late, input)
}

fn with_epoch(input: Input, epoch: Epoch) -> Input {
    match input {
        Input::Wake(_) => Input::Wake(epoch),
        Input::Dialling(_) => Input::Dialling(epoch),
        Input::CodeSpent(_) => Input::CodeSpent(epoch),
        Input::PasskeyRequired(_, options) => Input::PasskeyRequired(epoch, options),
        Input::QrCode(_, qr) => Input::QrCode(epoch, qr),
        Input::Paired(_, owner) => Input::Paired(epoch, owner),
        Input::LoggedIn(_, owner) => Input::LoggedIn(epoch, owner),
        Input::Ended(_, end) => Input::Ended(epoch, end),
        wish => wish,
    }
}

proptest! {
    #[test]
    fn any_sequence_of_inputs_keeps_the_invariants(story in proptest::collection::vec(any_input(), 1..60)) {
        let mut connection = rest();
        let mut highest = Epoch(0);
        for (seconds, (late, input)) in story.into_iter().enumerate() {
            let before = connection.clone();
            let wish = input.epoch().is_none();
            let epoch = Epoch(connection.epoch().0.wrapping_sub(late));
            let input = with_epoch(input, epoch);
            let held = matches!(input, Input::LoggedIn(_, Owner::Held));
            let (next, effects) = connection.next(input, at(seconds as u64));
            if matches!(next.state(), State::Online { .. }) && !matches!(before.state(), State::Online { .. }) {
                prop_assert!(held, "online only with a phone that the row alone names");
            }

            if !wish && late > 0 {
                prop_assert_eq!(&next, &before, "a late answer changes nothing");
            }
            let rests = matches!(before.state(), State::Idle(_) | State::Failed(_) | State::Exhausted { probe: Probe::Off, .. });
            if rests && !wish {
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
