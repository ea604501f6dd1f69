//! What can happen to an account: what its operator does, what its phone does, what WhatsApp and the network do.

use std::time::Duration;

use linekeeper_model::clock::{Clock as _, SystemClock};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use whatsim::{
    AckError, Capping, CappingLevel, Cut, Failure, FaultId, FaultKind, MediaTruncated, NewFault, NoAck,
    PasskeyRequired, PictureChange, ProfileChange, ReachoutTimelock, RefuseCode, Reorder, Scope, Slow,
    SlowAck, StreamError,
};

use super::hostile;
use super::person::Person;
use super::post::{Act, Post};
use crate::server::Server;

/// Longer than a phone takes. A link that a fault interrupts is not waited for.
const TRY_FOR: Duration = Duration::from_secs(3);

pub enum Trouble {
    /// WhatsApp or the network does something to one account, once or for the given time.
    Fault(FaultKind, Duration),
    /// Nobody can reach WhatsApp for the given time.
    Outage(Duration),
    /// The phone of another account sends a message with this text.
    Message(String),
    /// Programs and friends write, read and change messages.
    Post(Act),
    /// The phone's owner changes the name, and sets or removes the picture.
    Profile(String, bool),
    /// The phone's owner unlinks all devices.
    Unlink,
    /// The operator pauses the account, and resumes it at once if this is true.
    Pause(bool),
    /// The operator disconnects the account.
    Disconnect,
    /// The operator deletes the account.
    Delete,
    /// The operator connects the account by QR code (true) or pairing code, and somebody scans or types it.
    Connect(bool),
    /// The operator changes settings of the account.
    Change(Value),
}

impl Trouble {
    pub fn random(rng: &mut StdRng) -> Self {
        match rng.random_range(0..100) {
            0..28 => Self::fault(rng),
            28..29 => Self::Outage(Duration::from_secs(rng.random_range(1..=12))),
            29..33 => Self::Message(hostile::text(rng)),
            33..58 => Self::Post(Act::random(rng)),
            58..64 => Self::Profile(hostile::name(rng), rng.random_bool(0.3)),
            64..66 => Self::Unlink,
            66..73 => Self::Pause(rng.random_bool(0.7)),
            73..79 => Self::Disconnect,
            79..82 => Self::Delete,
            82..93 => Self::Connect(rng.random_bool(0.7)),
            _ => Self::Change(change(rng)),
        }
    }

    fn fault(rng: &mut StdRng) -> Self {
        let once = Duration::ZERO;
        let code = |code| FaultKind::StreamError(StreamError { code });
        let (kind, lasts) = match rng.random_range(0..40) {
            30..40 => return Self::message_fault(rng),
            0..8 => (FaultKind::DropConnection, once),
            8..11 => (code([503, 429, 515][rng.random_range(0..3)]), once),
            11..13 => (code([401, 409, 516][rng.random_range(0..3)]), once),
            13..15 => (FaultKind::XmlStreamEnd, once),
            15..17 => (FaultKind::RefuseConnect, Duration::from_secs(rng.random_range(1..=30))),
            17..19 => (FaultKind::BlackHole, Duration::from_secs(rng.random_range(1..=30))),
            19..22 => (FaultKind::Failure(failure(rng)), Duration::from_secs(rng.random_range(1..=5))),
            22..24 => {
                let slow =
                    Slow { delay_ms: rng.random_range(1..800), jitter_ms: 300, bytes_per_second: None };
                (FaultKind::Slow(slow), Duration::from_secs(rng.random_range(1..=20)))
            }
            24 => (FaultKind::ExpireRefs, once),
            25 => {
                let passkey = FaultKind::PasskeyRequired(PasskeyRequired { refuse: None });
                (passkey, Duration::from_secs(rng.random_range(1..=5)))
            }
            26 => (FaultKind::CorruptPairing, Duration::from_secs(rng.random_range(1..=5))),
            27 => {
                let levels = [CappingLevel::FirstWarning, CappingLevel::SecondWarning, CappingLevel::Capped];
                let level = levels[rng.random_range(0..3)];
                (FaultKind::Capping(Capping { level }), Duration::from_secs(rng.random_range(1..=20)))
            }
            28 => {
                let limit = ReachoutTimelock { enforcement: hostile::name(rng) };
                (FaultKind::ReachoutTimelock(limit), Duration::from_secs(rng.random_range(1..=20)))
            }
            _ => (FaultKind::PhoneOffline, Duration::from_secs(rng.random_range(1..=30))),
        };
        Self::Fault(kind, lasts)
    }

    /// A fault of messages, of files, or of pairing codes.
    fn message_fault(rng: &mut StdRng) -> Self {
        let kind = match rng.random_range(0..11) {
            0 => FaultKind::CorruptCiphertext,
            1 => FaultKind::UnknownEnc,
            2 => FaultKind::Duplicate,
            3 => FaultKind::Reorder(Reorder { hold_ms: rng.random_range(1..2_000) }),
            4 => FaultKind::NoAck(NoAck { lost: rng.random_bool(0.5) }),
            5 | 6 => FaultKind::SlowAck(SlowAck { delay_ms: rng.random_range(1..8_000) }),
            7 => {
                FaultKind::AckError(AckError { code: [400, 404, 429, 463, 479, 500][rng.random_range(0..6)] })
            }
            8 => {
                FaultKind::RefuseCode(RefuseCode { code: [400, 403, 429, 452, 500][rng.random_range(0..5)] })
            }
            9 => FaultKind::LostResend,
            _ if rng.random_bool(0.5) => FaultKind::Media403,
            _ => FaultKind::MediaTruncated(MediaTruncated { how: Cut::Short }),
        };
        Self::Fault(kind, Duration::ZERO)
    }

    pub fn name(&self) -> String {
        match self {
            Self::Fault(kind, lasts) => format!("{kind:?} for {lasts:?}"),
            Self::Outage(lasts) => format!("outage of {lasts:?}"),
            Self::Message(text) => format!("message of {} bytes", text.len()),
            Self::Post(act) => format!("post: {act:?}"),
            Self::Profile(name, picture) => format!("name {name:?}, picture {picture}"),
            Self::Unlink => "unlink".to_owned(),
            Self::Pause(resume) => format!("pause, resume {resume}"),
            Self::Disconnect => "disconnect".to_owned(),
            Self::Delete => "delete".to_owned(),
            Self::Connect(qr) => format!("connect, by QR {qr}"),
            Self::Change(change) => {
                format!("change {}", change.to_string().chars().take(200).collect::<String>())
            }
        }
    }

    /// Makes the trouble happen. Returns the fault that must be cleared, and how long it lasts.
    pub async fn strike(
        self,
        server: &Server,
        simulator: &whatsim::Server,
        person: &mut Person,
        post: &mut Post,
        (other, rng): (&str, &mut StdRng),
    ) -> anyhow::Result<Option<(FaultId, Duration)>> {
        person.note(self.name());
        match self {
            Self::Fault(kind, lasts) => {
                expect(&kind, person);
                let scope = Scope::Number(person.number.clone());
                let times = (lasts == Duration::ZERO).then_some(1);
                // WhatsApp tells an account until when it is locked.
                let until = matches!(kind, FaultKind::ReachoutTimelock(_)).then(|| SystemClock.now() + lasts);
                let added = simulator.faults().add(NewFault { scope, kind, times, until })?;
                return Ok((lasts > Duration::ZERO).then_some((added.fault.id, lasts)));
            }
            Self::Outage(lasts) => {
                simulator.go_dark().await;
                tokio::time::sleep(lasts).await;
                simulator.return_from_dark().await?;
            }
            Self::Message(text) => {
                // A phone that is off sends nothing.
                let _sent = simulator.phones().send_text(other, &person.number, &text).await;
            }
            Self::Post(act) => post.act(act, server, simulator, person, rng).await?,
            Self::Profile(name, picture) => {
                let picture = if picture {
                    PictureChange::Set(vec![0xFF, 0xD8, 0xFF, 0xE0])
                } else {
                    PictureChange::Remove
                };
                let change = ProfileChange { name: Some(name), picture };
                let _refused_or_off = simulator.phones().change_profile(&person.number, change);
            }
            Self::Unlink => {
                person.may_lose_link();
                for device in simulator.phones().get(&person.number)?.devices {
                    simulator.phones().unlink(&person.number, device.device)?;
                }
            }
            Self::Pause(resume) => {
                let Some(account) = &person.account else { return Ok(None) };
                asked(server, "post", &format!("/whatsapp/accounts/{account}/pause"), None).await?;
                if resume {
                    asked(server, "post", &format!("/whatsapp/accounts/{account}/resume"), None).await?;
                }
            }
            Self::Disconnect => disconnect(server, simulator, person).await?,
            Self::Delete => {
                let Some(account) = person.account.clone() else { return Ok(None) };
                person.may_lose_link();
                person.deleting = true;
                let (status, _) =
                    asked(server, "delete", &format!("/whatsapp/accounts/{account}"), None).await?;
                if status == 204 || status == 404 {
                    person.account = None;
                }
            }
            Self::Connect(by_qr) => connect(server, simulator, person, by_qr).await?,
            Self::Change(change) => {
                let Some(account) = &person.account else { return Ok(None) };
                asked(server, "patch", &format!("/whatsapp/accounts/{account}"), Some(change)).await?;
            }
        }
        Ok(None)
    }
}

/// Records what a fault may do to a link.
fn expect(kind: &FaultKind, person: &mut Person) {
    let ends = match kind {
        FaultKind::StreamError(error) => matches!(error.code, 401 | 516),
        FaultKind::Failure(failure) => matches!(failure.reason, 401 | 403 | 406),
        _ => false,
    };
    if ends {
        person.may_lose_link();
        person.lied_to = true;
    }
}

fn failure(rng: &mut StdRng) -> Failure {
    let reasons = [401, 402, 403, 405, 406, 500, 503, 400, 409, 415, 501];
    let reason = reasons[rng.random_range(0..reasons.len())];
    let ban = reason == 402;
    Failure {
        reason,
        expire: ban.then(|| rng.random_range(1..100_000)),
        code: ban.then(|| rng.random_range(101..=106)),
        message: rng.random_bool(0.3).then(|| hostile::name(rng)),
        url: None,
    }
}

/// Settings that a CRM might send, valid or not. None of them changes the proxy.
fn change(rng: &mut StdRng) -> Value {
    let icon = ["chrome", "firefox", "safari", "edge", "desktop", "x"][rng.random_range(0..6)];
    let choices = [
        json!({ "displayName": hostile::text(rng) }),
        json!({ "dailyLimit": rng.random_range(-1..2000) }),
        json!({ "tags": [hostile::text(rng), hostile::text(rng)] }),
        json!({ "metadata": { hostile::text(rng): hostile::text(rng) } }),
        json!({ "device": { "name": hostile::text(rng) } }),
        json!({ "device": { "icon": icon } }),
    ];
    choices[rng.random_range(0..choices.len())].clone()
}

/// Calls the API. An answer with status 500 is an error.
async fn asked(
    server: &Server,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<(u16, Value)> {
    let (status, answer) = server.call(method, &format!("/api/v1{path}"), &[], body.as_ref()).await?;
    anyhow::ensure!(status != 500, "{method} {path} {body:?}: {answer}");
    Ok((status, answer))
}

async fn disconnect(server: &Server, simulator: &whatsim::Server, person: &mut Person) -> anyhow::Result<()> {
    let Some(account) = person.account.clone() else { return Ok(()) };
    person.may_lose_link();
    let (status, answer) = asked(server, "post", &format!("/whatsapp/disconnect/{account}"), None).await?;
    let listed = simulator.phones().get(&person.number)?.devices.len();
    person.note(format!("{status} {}, listed {listed}", answer["status"]["reason"]));
    let untrue = answer["status"]["reason"] == "user_disconnected" && listed > 0 && !person.lied_to;
    anyhow::ensure!(!untrue, "said to be logged out, and the phone still lists it: {person:#?}");
    Ok(())
}

/// Connects the account. It is no error if something prevents the link, such as a fault or a phone that is off.
pub async fn connect(
    server: &Server,
    simulator: &whatsim::Server,
    person: &mut Person,
    by_qr: bool,
) -> anyhow::Result<()> {
    let body = match &person.account {
        Some(account) => json!({ "accountId": account }),
        None => json!({ "displayName": "Account" }),
    };
    let (status, answer) = asked(server, "post", "/whatsapp/connect", Some(body)).await?;
    if status == 404 {
        person.account = None;
    }
    let Some(account) = answer["id"].as_str().map(str::to_owned) else { return Ok(()) };
    if person.account.is_none() {
        // The devices that the phone lists until now belong to the deleted account.
        person.may_lose_link();
        person.deleting = false;
    }
    person.account = Some(account.clone());
    scan(server, simulator, person, &account, by_qr).await
}

/// Scans the QR code of an account, or types its pairing code.
pub async fn scan(
    server: &Server,
    simulator: &whatsim::Server,
    person: &mut Person,
    account: &str,
    by_qr: bool,
) -> anyhow::Result<()> {
    if by_qr {
        let (_, code) = asked(server, "get", &format!("/whatsapp/qr-code/{account}"), None).await?;
        if let Some(qr) = code["qrCode"].as_str() {
            person.may_lose_link();
            let phones = simulator.phones();
            let linked = tokio::time::timeout(TRY_FOR, phones.scan(&person.number, qr)).await;
            confirmed(person, linked);
        }
        return Ok(());
    }
    let body = json!({ "phoneNumber": format!("+{}", person.number) });
    let path = format!("/whatsapp/accounts/{account}/pairing-code");
    let (_, code) = asked(server, "post", &path, Some(body)).await?;
    if let Some(code) = code["code"].as_str() {
        person.may_lose_link();
        let phones = simulator.phones();
        let linked = tokio::time::timeout(TRY_FOR, phones.enter_pairing_code(&person.number, code)).await;
        confirmed(person, linked);
    }
    Ok(())
}

/// Once the phone has confirmed a link, the server must not lose it.
fn confirmed<T, E, Late>(person: &mut Person, linked: Result<Result<T, E>, Late>) {
    if let Ok(Ok(_)) = linked
        && !person.lied_to
    {
        person.may_be_unlinked = false;
        person.note("the phone confirmed the link");
    }
}
