//! Setting and lifting faults. A new fault strikes those who are connected before this returns.

use super::ControlError;
use crate::faults::{Fault, FaultId, FaultKind, NewFault, Target};
use crate::stanza::stream;
use crate::world::World;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// A fault as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultState {
    /// Its name.
    pub id: FaultId,
    /// Whom it hits.
    pub scope: String,
    /// What happens.
    pub kind: &'static str,
    /// With what parameters.
    pub params: Value,
    /// How many connections it was to hit.
    pub times: Option<u32>,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// How many more it will hit; null is without limit.
    pub remaining: Option<u32>,
    /// How many it has hit.
    pub hits: u64,
}

/// A fault that was just set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AddedFault {
    /// The fault.
    #[serde(flatten)]
    pub fault: FaultState,
    /// How many live connections it struck at once.
    pub applied: u64,
}

/// All faults of a server. Cheap to clone.
#[derive(Clone)]
pub struct FaultControl {
    world: Arc<World>,
}

impl FaultControl {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Sets a fault. Those that end a connection, expire refs or hold a connection strike at once; `refuse_connect`
    /// and `failure` wait for the next connection.
    ///
    /// # Errors
    /// When it could never hit anybody.
    pub fn add(&self, wanted: NewFault) -> Result<AddedFault, ControlError> {
        if wanted.times == Some(0) {
            return Err(ControlError::field("times", "must be at least 1"));
        }
        if wanted.until.is_some_and(|until| until <= self.world.clock.now()) {
            return Err(ControlError::field("until", "is in the past"));
        }
        let once = wanted.kind.momentary() && wanted.times.is_none() && wanted.until.is_none();
        let id = self.world.faults.add(wanted.clone());
        self.strike(id, &wanted.kind);
        if once {
            self.world.faults.disarm(id);
        }
        let fault = self.world.faults.get(id).ok_or(ControlError::FaultNotFound(id))?;
        Ok(AddedFault { applied: fault.hits, fault: FaultState::of(&fault) })
    }

    /// Lifts a fault. Connections that it holds are free again.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn clear(&self, id: FaultId) -> Result<(), ControlError> {
        if self.world.faults.clear(id) { Ok(()) } else { Err(ControlError::FaultNotFound(id)) }
    }

    /// All faults, spent ones included until they are cleared.
    pub fn list(&self) -> Vec<FaultState> {
        self.world.faults.list().iter().map(FaultState::of).collect()
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
                FaultKind::RefuseConnect | FaultKind::Failure(_) => {}
            }
        }
    }
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
