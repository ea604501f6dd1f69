//! Sets and clears faults. When a call that sets a fault returns, the fault has already hit the connected clients.

use super::ControlError;
use crate::faults::{Fault, FaultId, FaultKind, NewFault, Scope, Target};
use crate::stanza::{limits, stream};
use crate::world::primary::{self, Errand};
use crate::world::{Account, World};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// A fault and its current state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultState {
    /// The id of the fault. The fault can be cleared by this id.
    pub id: FaultId,
    /// Whom the fault hits.
    pub scope: String,
    /// The name of the fault's kind, such as `drop_connection`.
    pub kind: &'static str,
    /// The parameters of the fault, or `{}` if its kind has none.
    pub params: Value,
    /// How many connections, messages or requests the fault hits before it is used up. `None` means no limit.
    pub times: Option<u32>,
    /// The time at which the fault ends by itself. `None` means that it lasts until it is cleared or used up.
    pub until: Option<Timestamp>,
    /// How many connections, messages or requests the fault will still hit. `None` means no limit.
    pub remaining: Option<u32>,
    /// How many connections, messages or requests the fault has hit so far.
    pub hits: u64,
}

/// A fault that was just set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AddedFault {
    /// The fault.
    #[serde(flatten)]
    pub fault: FaultState,
    /// How many live connections the fault hit when it was set.
    pub applied: u64,
}

/// Access to all faults of a server. A clone is cheap.
#[derive(Clone)]
pub struct FaultControl {
    world: Arc<World>,
}

impl FaultControl {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Sets a fault. If it ends connections, makes QR refs expire or disturbs connections, it takes effect at
    /// once. `refuse_connect` and `failure` take effect at the next connection.
    ///
    /// # Errors
    /// When the fault could never hit anything, or its kind does not accept one of the options.
    pub fn add(&self, wanted: NewFault) -> Result<AddedFault, ControlError> {
        if wanted.times == Some(0) {
            return Err(ControlError::field("times", "must be at least 1"));
        }
        if wanted.until.is_some_and(|until| until <= self.world.clock.now()) {
            return Err(ControlError::field("until", "is in the past"));
        }
        check(&wanted)?;
        let once = wanted.kind.momentary() && wanted.times.is_none() && wanted.until.is_none();
        let id = self.world.faults.add(wanted.clone());
        self.strike(id, &wanted.kind);
        if wanted.kind.limits() {
            self.limit(id, &wanted);
        }
        if once {
            self.world.faults.disarm(id);
        }
        let fault = self.world.faults.get(id).ok_or(ControlError::FaultNotFound(id))?;
        Ok(AddedFault { applied: fault.hits, fault: FaultState::of(&fault) })
    }

    /// Clears a fault. The fault no longer disturbs connections. The accounts that it limited are notified. The phones
    /// that it kept offline handle the stanzas that waited.
    ///
    /// # Errors
    /// When no fault has this id.
    pub fn clear(&self, id: FaultId) -> Result<(), ControlError> {
        let Fault { wanted, .. } = self.world.faults.clear(id).ok_or(ControlError::FaultNotFound(id))?;
        for account in self.accounts(&wanted) {
            match wanted.kind {
                FaultKind::PhoneOffline => primary::errand(&account, Errand::Wake),
                _ if wanted.kind.limits() => limits::announce(&self.world, &account, &wanted.kind),
                _ => {}
            }
        }
        Ok(())
    }

    /// All faults. A fault that is used up stays in the list until it is cleared.
    pub fn list(&self) -> Vec<FaultState> {
        self.world.faults.list().iter().map(FaultState::of).collect()
    }

    /// Notifies the accounts that a new fault limits. Each connection that is notified at once counts as a hit.
    fn limit(&self, id: FaultId, wanted: &NewFault) {
        let now = self.world.clock.now();
        for account in self.accounts(wanted) {
            limits::announce(&self.world, &account, &wanted.kind);
            let connected = account.lock().devices.values().filter(|device| device.link().is_some()).count();
            for _ in 0..connected {
                self.world.faults.claim(id, Target::Account(&account.number), now);
            }
        }
    }

    /// Finds the accounts whose state the fault changes, for example by a limit on new chats. Finds none if this kind
    /// of fault changes no state.
    fn accounts(&self, wanted: &NewFault) -> Vec<Arc<Account>> {
        let mut accounts = if wanted.kind.is_state() { self.world.registry.all() } else { Vec::new() };
        accounts.retain(|account| wanted.scope.covers(Target::Account(&account.number)));
        accounts
    }

    fn strike(&self, id: FaultId, kind: &FaultKind) {
        let world = &self.world;
        let now = world.clock.now();
        for link in world.connections.all() {
            let owner = link.owner();
            let target = Target::from(owner.as_ref());
            match kind {
                FaultKind::BlackHole | FaultKind::Slow(_) => world.faults.seize(&link, now),
                FaultKind::ExpireRefs => {
                    if world.pairing.waits(link.id) && world.faults.claim(id, target, now).is_some() {
                        world.pairing.expire(link.id);
                    }
                }
                FaultKind::DropConnection | FaultKind::StreamError(_) | FaultKind::XmlStreamEnd => {
                    if let Some(fault) = world.faults.claim(id, target, now) {
                        stream::strike(&link, &fault);
                    }
                }
                FaultKind::RefuseConnect
                | FaultKind::Failure(_)
                | FaultKind::PasskeyRequired(_)
                | FaultKind::RefuseCode(_)
                | FaultKind::CorruptPairing
                | FaultKind::Capping(_)
                | FaultKind::ReachoutTimelock(_)
                | FaultKind::PhoneOffline
                | FaultKind::CorruptCiphertext
                | FaultKind::UnknownEnc
                | FaultKind::Duplicate
                | FaultKind::Reorder(_)
                | FaultKind::NoAck(_)
                | FaultKind::SlowAck(_)
                | FaultKind::AckError(_)
                | FaultKind::LostResend
                | FaultKind::Media403
                | FaultKind::MediaTruncated(_) => {}
            }
        }
    }
}

/// Refuses a scope, a count or an end that this kind of fault does not accept.
fn check(wanted: &NewFault) -> Result<(), ControlError> {
    let kind = &wanted.kind;
    if kind.of_account() && matches!(wanted.scope, Scope::Device(_)) {
        return Err(ControlError::field(
            "scope",
            "must be \"all\" or a number: this fault is about an account",
        ));
    }
    if kind.is_state() && wanted.times.is_some() {
        return Err(ControlError::field("times", "makes no sense: this fault stands until it is lifted"));
    }
    if matches!(kind, FaultKind::ReachoutTimelock(_)) && wanted.until.is_none() {
        return Err(ControlError::field("until", "is missing: WhatsApp's time-locks have an end"));
    }
    Ok(())
}

impl FaultState {
    fn of(fault: &Fault) -> Self {
        let wanted = &fault.wanted;
        Self {
            id: fault.id,
            scope: wanted.scope.to_string(),
            kind: wanted.kind.name(),
            params: wanted.kind.params(),
            times: wanted.times,
            until: wanted.until,
            remaining: fault.remaining,
            hits: fault.hits,
        }
    }
}
