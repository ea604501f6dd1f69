//! Reports about messages that were sent: WhatsApp's answers, and receipts from phones. Several reports are stored
//! in one transaction, in the order in which they arrived.

use std::sync::Arc;

use linekeeper_model::id::MessageId;
use linekeeper_model::phone::Identity;
use linekeeper_storage::{StorageError, Written};

use super::progress::Step;
use super::{acts, receipts};
use crate::events::append_with_others;
use crate::messages::people::Desk;
use crate::messages::service::{Messages, Scope};
use crate::whatsapp::ReceiptNote;

/// A report about one or more messages.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// WhatsApp's answer to a message. If the message went to a group, `members` are the other members of the
    /// group.
    Answer { id: MessageId, step: Step, members: Vec<Identity> },
    /// A receipt: messages arrived at a phone, or were read or played.
    Receipt(ReceiptNote),
}

/// Stores either all reports or none.
pub(super) async fn write(
    messages: &Messages,
    scope: &Scope,
    told: Arc<Vec<Told>>,
) -> Result<(), StorageError> {
    let (parts, scope) = (messages.parts(), scope.clone());
    let now = parts.clock.now();
    append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
        Box::pin(async move {
            let mut desk = Desk::new(tx, &scope, now);
            for one in told.iter() {
                match one {
                    Told::Answer { id, step, members } => {
                        acts::conclude(&mut desk, *id, step.clone(), members).await?;
                    }
                    Told::Receipt(receipt) => receipts::take(&mut desk, receipt).await?,
                }
            }
            Ok(Written::told((), desk.events()))
        })
    })
    .await
}
