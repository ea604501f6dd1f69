//! A table of every state with every input, for a person to read. It covers the combinations that no named test
//! covers.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::pairing::{Method, PairingCode, QrCode, Step};

const NOW: Timestamp = Timestamp::constant(1_000, 0);
const EPOCH: Epoch = Epoch(7);

fn in_a_minute() -> Timestamp {
    NOW + Duration::from_secs(60)
}

fn phone() -> PhoneNumber {
    "+15551234567".parse().unwrap()
}

fn pairing(method: Method, step: Step) -> State {
    State::Pairing { method, step, window_ends: in_a_minute() + Duration::from_secs(30), failures: 0 }
}

fn states() -> Vec<(&'static str, State)> {
    let qr = QrCode { text: "x".into(), expires_at: in_a_minute(), refresh_at: in_a_minute() };
    let code = PairingCode { code: "x".into(), phone: phone(), expires_at: in_a_minute() };
    let by_code = || Method::Code(phone());
    vec![
        ("not linked", State::Idle(Rest::NotLinked)),
        ("paused", State::Idle(Rest::Paused)),
        ("disconnected", State::Idle(Rest::UserDisconnected)),
        ("logout pending", State::Idle(Rest::LogoutPending { asked: true })),
        ("set aside", State::Idle(Rest::LogoutPending { asked: false })),
        ("expired", State::Idle(Rest::QrExpired)),
        ("unattended", State::Idle(Rest::Unattended)),
        ("opening, qr", pairing(Method::Qr, Step::Opening)),
        ("opening, code", pairing(by_code(), Step::Opening)),
        ("shows qr", pairing(Method::Qr, Step::ShowQr(qr))),
        ("shows code", pairing(by_code(), Step::ShowCode(code))),
        ("passkey", pairing(Method::Qr, Step::Passkey { options: String::new() })),
        ("confirm", pairing(Method::Qr, Step::Confirm { code: String::new() })),
        ("linking", State::Linking { restarts: 0, failures: 0 }),
        ("linking, 3rd 515", State::Linking { restarts: 3, failures: 0 }),
        ("connecting", State::Connecting { restarts: 0, failures: 0 }),
        ("connecting, 5th", State::Connecting { restarts: 0, failures: 5 }),
        ("online", State::Online { since: NOW, failures: 0 }),
        ("waiting", State::Waiting { loss: Loss::Network, until: in_a_minute(), failures: 1 }),
        ("exhausted", State::Exhausted { loss: Loss::Network, probe: Probe::Off }),
        ("exhausted, waits", State::Exhausted { loss: Loss::Network, probe: Probe::At(in_a_minute()) }),
        ("exhausted, probes", State::Exhausted { loss: Loss::Network, probe: Probe::Running }),
        ("proxy exhausted", State::Exhausted { loss: Loss::Proxy, probe: Probe::Off }),
        ("logged out", State::Failed(Failure::LoggedOut)),
        ("replaced", State::Failed(Failure::Replaced)),
        ("proxy failed", State::Failed(Failure::ProxyFailed)),
    ]
}

fn inputs() -> Vec<(&'static str, Input)> {
    let link = |linked, method| Input::Link { linked, method };
    let code = PairingCode { code: "y".into(), phone: phone(), expires_at: in_a_minute() };
    let qr = QrRef { text: "y".into(), refresh_at: in_a_minute() };
    vec![
        ("link, new", link(false, Method::Qr)),
        ("link, session", link(true, Method::Qr)),
        ("link by code", link(false, Method::Code(phone()))),
        ("resume, new", Input::Resume { linked: false }),
        ("resume, session", Input::Resume { linked: true }),
        ("show code", Input::ShowCode(phone())),
        ("reroute", Input::Reroute),
        ("pause", Input::Pause),
        ("disconnect", Input::Disconnect),
        ("left", Input::Left { pending: false }),
        ("left, untold", Input::Left { pending: true }),
        ("set aside", Input::SetAside),
        ("logged out", Input::LoggedOut),
        ("wake", Input::Wake(EPOCH)),
        ("dialling", Input::Dialling(EPOCH)),
        ("qr", Input::QrCode(EPOCH, qr)),
        ("code", Input::Code(EPOCH, code)),
        ("code spent", Input::CodeSpent(EPOCH)),
        ("passkey asked", Input::PasskeyRequired(EPOCH, String::new())),
        ("passkey right", Input::PasskeyConfirmation(EPOCH, String::new())),
        ("paired", Input::Paired(EPOCH, Owner::Held)),
        ("paired, unwritten", Input::Paired(EPOCH, Owner::Unwritten)),
        ("paired, unexpected", Input::Paired(EPOCH, Owner::Unexpected { came: None })),
        ("logged in", Input::LoggedIn(EPOCH, Owner::Held)),
        ("logged in, unwritten", Input::LoggedIn(EPOCH, Owner::Unwritten)),
        ("logged in, taken", Input::LoggedIn(EPOCH, Owner::Taken { came: None })),
        ("lost", Input::Ended(EPOCH, End::Lost(Loss::Network))),
        ("proxy lost", Input::Ended(EPOCH, End::Lost(Loss::Proxy))),
        ("515", Input::Ended(EPOCH, End::Restart)),
        ("no session", Input::Ended(EPOCH, End::NoSession)),
        ("refs used up", Input::Ended(EPOCH, End::QrExhausted)),
        ("removed", Input::Ended(EPOCH, End::Refused(Failure::DeviceRemoved))),
        ("never linked", Input::Ended(EPOCH, End::NeverLinked)),
        ("banned", Input::Ended(EPOCH, End::Refused(Failure::TemporarilyBanned { until: None }))),
    ]
}

fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Open(_) => "open",
        Effect::RequestCode(..) => "request code",
        Effect::Close => "close",
        Effect::Leave => "leave",
        Effect::ClearSession => "clear",
        Effect::Forget => "forget",
        Effect::WakeAt(..) => "wake",
        Effect::StayUnavailable => "unavailable",
    }
}

#[test]
fn every_input_in_every_state_gives_the_recorded_result() {
    let moment = Moment { now: NOW, jitter: 0.0, probe_every: Some(Duration::from_secs(300)) };
    let mut table = String::new();
    for (state_name, state) in states() {
        writeln!(table, "{state_name} ({})", state.reason().code()).unwrap();
        for (input_name, input) in inputs() {
            let before = Connection { epoch: EPOCH, state: state.clone(), since: Timestamp::UNIX_EPOCH };
            let late = input.epoch().is_some();
            let (after, effects) = before.clone().next(input.clone(), moment);
            if late {
                let newer = Connection { epoch: Epoch(8), ..before.clone() };
                assert_eq!(
                    newer.clone().next(input, moment),
                    (newer, vec![]),
                    "{state_name}, late {input_name}"
                );
            }
            if after == before && effects.is_empty() {
                continue;
            }
            let effects: Vec<_> = effects.iter().map(name).collect();
            let reason = after.state.reason().code();
            writeln!(table, "  {input_name:<20}-> {reason:<22}{}", effects.join(", ")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
