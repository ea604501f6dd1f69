//! Handles WhatsApp's answer about a phone number that was looked up before the first message to it.

use linekeeper_model::id::{ChatId, MessageId};
use linekeeper_model::message::{Failure, FailureCode};
use linekeeper_model::phone::PhoneNumber;
use linekeeper_storage::{StorageError, Written};

use super::progress::Step;
use crate::events::append_with_others;
use crate::messages::inbound::holds;
use crate::messages::people::Desk;
use crate::messages::service::{Messages, Scope};
use crate::whatsapp::LookedUp;

/// Stores WhatsApp's answer about a phone number. Returns false if the message must not be sent.
pub(super) async fn keep(
    messages: &Messages,
    scope: &Scope,
    epoch: i64,
    id: MessageId,
    chat: ChatId,
    asked: PhoneNumber,
    found: LookedUp,
) -> Result<bool, StorageError> {
    let (parts, scope) = (messages.parts(), scope.clone());
    let now = parts.clock.now();
    append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
        Box::pin(async move {
            if !holds(tx, &scope, epoch).await? {
                return Ok(Written::silent(false));
            }
            let key = scope.key.clone();
            let mut desk = Desk::new(tx, &scope, now);
            match found {
                LookedUp::Absent => {
                    desk.advance(id, Step::failed(Failure::of(FailureCode::RecipientNotOnWhatsapp))).await?;
                    Ok(Written::told(false, desk.events()))
                }
                LookedUp::Found(identity) => {
                    let person = desk.tx.chats(&key).get(chat).await?.and_then(|found| found.chat.person);
                    if let Some(mut person) = person {
                        let spelled = identity.phone.is_some() && identity.phone != person.phone;
                        if spelled {
                            // WhatsApp's spelling of the number replaces the caller's. The caller's spelling still
                            // leads to this person.
                            desk.tx.contacts(&key).add_spelling(&asked, person.id).await?;
                            person.phone = None;
                            desk.tx.contacts(&key).update(&person).await?;
                            let taken = desk.tx.contacts(&key).candidates(&identity).await?;
                            if taken.by_phone.is_none() && taken.by_lid.is_none() {
                                person.phone = identity.phone;
                                person.lid = person.lid.or(identity.lid.clone());
                                desk.told.push(linekeeper_model::event::Payload::ContactUpdated {
                                    contact: Box::new(person.clone()),
                                    changed: vec!["phone".to_owned()],
                                });
                                desk.tx.contacts(&key).update(&person).await?;
                            } else {
                                // Another stored person already has WhatsApp's spelling or the LID. So both stored
                                // people are the same person, and are merged.
                                let other = taken.by_phone.or(taken.by_lid).expect("one of them is there");
                                desk.unite(other, person).await?;
                            }
                        } else {
                            desk.person(&identity, None).await?;
                        }
                    }
                    let chat = desk.tx.chats(&key).get(chat).await?;
                    if let Some(chat) = chat {
                        desk.tx.chats(&key).resolved(chat.chat.id).await?;
                    }
                    Ok(Written::told(true, desk.events()))
                }
            }
        })
    })
    .await
}
