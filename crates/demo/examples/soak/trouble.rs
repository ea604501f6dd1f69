//! What can happen to an account.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use whatsim::{FaultId, FaultKind, NewFault, Scope, StreamError};

use super::server::Server;

/// An account and the number of its phone.
#[derive(Clone)]
pub struct Person {
    pub account: String,
    pub number: String,
}

pub enum Trouble {
    /// WhatsApp or the network does something to one account, for so long.
    Fault(FaultKind, Duration),
    /// WhatsApp cannot be reached by anybody, for so long.
    Outage(Duration),
    /// A friend writes.
    Message,
    /// The operator pauses, and resumes soon after.
    Pause,
    /// The device is removed on the phone.
    Unlink,
}

impl Trouble {
    pub fn random(rng: &mut StdRng) -> Self {
        let seconds = |rng: &mut StdRng, most| Duration::from_secs(rng.random_range(1..=most));
        let code = |code| FaultKind::StreamError(StreamError { code });
        match rng.random_range(0..1000) {
            0..250 => Self::Fault(FaultKind::DropConnection, Duration::ZERO),
            250..400 => Self::Fault(code([503, 429, 515][rng.random_range(0..3)]), Duration::ZERO),
            400..450 => Self::Fault(FaultKind::XmlStreamEnd, Duration::ZERO),
            450..500 => Self::Fault(FaultKind::RefuseConnect, seconds(rng, 45)),
            500..520 => Self::Fault(FaultKind::BlackHole, seconds(rng, 60)),
            520..540 => Self::Fault(code(409), Duration::ZERO),
            540..550 => Self::Unlink,
            550..600 => Self::Pause,
            600..602 => Self::Outage(seconds(rng, 45)),
            _ => Self::Message,
        }
    }

    /// Does it; answers the fault that must be cleared, and when.
    pub async fn strike(
        self,
        server: &Server,
        simulator: &whatsim::Server,
        person: &Person,
        other: &Person,
    ) -> anyhow::Result<Option<(FaultId, Duration)>> {
        match self {
            Self::Fault(kind, lasts) => {
                let scope = Scope::Number(person.number.clone());
                let times = (lasts == Duration::ZERO).then_some(1);
                let added = simulator.faults().add(NewFault { scope, kind, times, until: None })?;
                return Ok((lasts > Duration::ZERO).then_some((added.fault.id, lasts)));
            }
            Self::Outage(lasts) => {
                simulator.go_dark().await;
                tokio::time::sleep(lasts).await;
                simulator.return_from_dark().await?;
            }
            Self::Message => {
                // Nobody may be linked at this moment; the phone's own message then goes to the other phone alone.
                simulator.phones().send_text(&other.number, &person.number, "hello").await?;
            }
            Self::Pause => {
                server.post(&format!("/whatsapp/accounts/{}/pause", person.account)).await?;
                server.post(&format!("/whatsapp/accounts/{}/resume", person.account)).await?;
            }
            Self::Unlink => {
                for device in simulator.phones().get(&person.number)?.devices {
                    simulator.phones().unlink(&person.number, device.device)?;
                }
            }
        }
        Ok(None)
    }
}
