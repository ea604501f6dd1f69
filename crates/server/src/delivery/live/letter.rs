//! A letter: an event that is sent to many listeners. It is serialized once, and has the facts that are
//! needed to check each listener's rights.

use std::sync::Arc;

use bytes::Bytes;
use linekeeper_model::access::Permission;
use linekeeper_model::event::{Event, Passing, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};
use serde::Serialize;

/// An event that is sent to many listeners. Cloning it is cheap.
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

/// The text before the envelope (the event as JSON) in a Socket.IO packet.
const BEFORE: &str = "42/events,[\"event\",";
const BEHIND: &str = "]";

impl Letter {
    /// Creates a letter for a stored event.
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

    /// Creates a letter for a transient event.
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

    /// The event's number in the log. Transient events have no number.
    pub fn seq(&self) -> Option<Seq> {
        self.0.seq
    }

    /// The whole Socket.IO packet for the namespace `/events`.
    pub fn packet(&self) -> Bytes {
        self.0.packet.clone()
    }

    /// The envelope as JSON, on one line.
    pub fn envelope(&self) -> Bytes {
        self.0.packet.slice(BEFORE.len()..self.0.packet.len() - BEHIND.len())
    }

    /// The size of the whole packet in bytes.
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
