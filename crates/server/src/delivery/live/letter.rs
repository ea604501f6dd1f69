//! An event that is sent to many listeners: serialized once, with the facts that each listener's checks need.

use std::sync::Arc;

use bytes::Bytes;
use linekeeper_model::access::Permission;
use linekeeper_model::event::{Event, Passing, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};
use serde::Serialize;

/// An event that is sent to many listeners. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Letter(Arc<Written>);

#[derive(Debug)]
struct Written {
    seq: Option<Seq>,
    workspace_id: WorkspaceId,
    account_id: Option<AccountId>,
    needs: Permission,
    outlives_its_account: bool,
    packet: Bytes,
}

/// The text before the envelope in a Socket.IO packet.
const BEFORE: &str = "42/events,[\"event\",";
const BEHIND: &str = "]";

impl Letter {
    /// A stored event.
    pub(super) fn of(event: &Event) -> Self {
        Self(Arc::new(Written {
            seq: Some(event.seq),
            workspace_id: event.workspace_id,
            account_id: event.account_id,
            needs: event.payload.event_type().needs(),
            outlives_its_account: event.payload.outlives_its_account(),
            packet: packet(event),
        }))
    }

    /// A letter for a transient event.
    pub(super) fn of_passing(event: &Passing) -> Self {
        Self(Arc::new(Written {
            seq: None,
            workspace_id: event.workspace_id,
            account_id: Some(event.account_id),
            needs: event.event_type().needs(),
            outlives_its_account: false,
            packet: packet(event),
        }))
    }

    /// The event's place in the log; transient events have none.
    pub fn seq(&self) -> Option<Seq> {
        self.0.seq
    }

    /// The whole packet for Socket.IO in the namespace `/events`.
    pub fn packet(&self) -> Bytes {
        self.0.packet.clone()
    }

    /// The envelope as JSON, on one line.
    pub fn envelope(&self) -> Bytes {
        self.0.packet.slice(BEFORE.len()..self.0.packet.len() - BEHIND.len())
    }

    /// The event's size in bytes.
    pub fn size(&self) -> usize {
        self.0.packet.len()
    }

    pub(super) fn workspace_id(&self) -> WorkspaceId {
        self.0.workspace_id
    }

    pub(super) fn account_id(&self) -> Option<AccountId> {
        self.0.account_id
    }

    pub(super) fn needs(&self) -> Permission {
        self.0.needs
    }

    pub(super) fn outlives_its_account(&self) -> bool {
        self.0.outlives_its_account
    }
}

fn packet(envelope: &impl Serialize) -> Bytes {
    let mut packet = BEFORE.as_bytes().to_vec();
    serde_json::to_writer(&mut packet, envelope).expect("an event is made of texts, numbers and times");
    packet.extend_from_slice(BEHIND.as_bytes());
    packet.into()
}
