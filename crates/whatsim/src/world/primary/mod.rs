//! Connects each phone with the server. Each account has one task, which carries out the phone's errands in order
//! and with real Signal messages. What a phone can compute without the server is in `phone`.

mod bundle;
mod desk;
mod files;
mod group;
mod log;
mod placeholder;
mod receive;
mod resend;
mod send;
mod welcome;

pub use bundle::{device_bundle, warn_when_low};
pub use send::{SendError, Sent};

use super::{Account, Chat, DeviceAddress, World};
use crate::content::Draft;
use crate::faults::{FaultKind, NewFault};
use crate::phone::Phone;
use crate::world::RegistryError;
use jiff::Timestamp;
use log::MessageLog;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use wacore_binary::Node;

/// Something that a phone has to do.
pub enum Errand {
    /// Handle a stanza for the phone itself (device 0).
    Stanza(Arc<Node>),
    /// Send the first messages to a device that was just linked.
    Welcome {
        /// The number of the device.
        device: u16,
        /// Notified when the first messages are queued.
        done: oneshot::Sender<Result<(), SendError>>,
    },
    /// Send a message.
    Send {
        /// The recipient. `None` means the chat of the message that the draft changes.
        to: Option<Chat>,
        /// The message.
        draft: Box<Draft>,
        /// Notified when the message is queued for every device.
        done: oneshot::Sender<Result<Sent, SendError>>,
    },
    /// Reveal the phone's hidden number to somebody.
    TellNumber {
        /// The recipient.
        to: Arc<Account>,
        /// Notified when the message with the number is queued for every device.
        done: oneshot::Sender<Result<(), SendError>>,
    },
    /// Send a receipt for messages that the phone received.
    Receipt {
        /// The chat of the messages.
        chat: Chat,
        /// The messages' ids.
        ids: Vec<String>,
        /// The kind of the receipt. `None` means delivered.
        kind: Option<&'static str>,
    },
    /// Handle the stanzas that waited, because the phone may be online again.
    Wake,
    /// End the task, because the account was removed.
    Retire,
}

/// The state of a phone's task.
struct Primary {
    world: Arc<World>,
    account: Arc<Account>,
    log: MessageLog,
    /// The stanzas that arrived while the phone was offline.
    missed: VecDeque<Arc<Node>>,
    /// The devices that have this phone's sender key for a group.
    keyed: HashSet<(String, DeviceAddress)>,
    /// How often the phone has requested each message again, by the message's id. A message is removed when the
    /// phone has decrypted it.
    asked: HashMap<String, u32>,
}

/// The settings of a new account.
pub struct Profile {
    /// The phone's number. If it is missing, the phone gets the next free number.
    pub number: Option<String>,
    /// The phone's push name. If it is missing, the phone gets an invented name.
    pub name: Option<String>,
    /// Whether the phone's chats use LIDs, the addresses that do not show the phone number.
    pub lid: bool,
    /// Whether the phone hides its number. If it does, its chats use LIDs.
    pub hidden: bool,
}

/// Creates an account and its phone.
///
/// # Errors
/// When the number is invalid, or another account has it.
pub fn create(world: &Arc<World>, profile: Profile) -> Result<Arc<Account>, RegistryError> {
    let phone = Phone::generate(&mut rand::rng());
    let (errands, queue) = mpsc::unbounded_channel();
    let account = world.registry.add(profile.number, |number| {
        let lid = format!("1000{number}");
        let name = profile.name.unwrap_or_else(|| format!("User {number}"));
        Arc::new(Account::new(
            number,
            lid,
            profile.lid || profile.hidden,
            profile.hidden,
            name,
            phone,
            errands,
        ))
    })?;
    {
        let mut state = account.lock();
        let patch = account.phone.push_name_patch(&state.name, 1, world.clock.millis());
        state.collections.entry(crate::phone::CRITICAL_BLOCK.to_owned()).or_default().append(patch);
    }
    let primary = Primary {
        world: world.clone(),
        account: account.clone(),
        log: MessageLog::default(),
        missed: VecDeque::new(),
        keyed: HashSet::new(),
        asked: HashMap::new(),
    };
    world.tasks.spawn(primary.work(queue));
    Ok(account)
}

/// Queues an errand for the phone's task.
pub fn errand(account: &Account, errand: Errand) {
    // The task outlives its account, so the send fails only when the server has stopped.
    let _ = account.errands.send(errand);
}

/// Whether a fault keeps the phone of this account offline. `Some` means offline; the inner value is the end of
/// the fault, if it has one.
pub fn offline(world: &World, number: &str) -> Option<Option<Timestamp>> {
    let off = |fault: &NewFault| (fault.kind == FaultKind::PhoneOffline).then_some(fault.until);
    world.faults.state_of(number, world.clock.now(), off)
}

impl Primary {
    async fn work(mut self, mut queue: mpsc::UnboundedReceiver<Errand>) {
        let stop = self.world.stop.clone();
        loop {
            let errand = tokio::select! {
                () = stop.cancelled() => return,
                errand = queue.recv() => errand,
                () = self.switched_on() => Some(Errand::Wake),
            };
            match errand {
                None | Some(Errand::Retire) => return,
                Some(errand) if offline(&self.world, &self.account.number).is_some() => self.miss(errand),
                Some(errand) => {
                    while let Some(node) = self.missed.pop_front() {
                        self.take(&node).await;
                    }
                    self.run(errand).await;
                }
            }
        }
    }

    /// Waits until the end of the fault that keeps the phone offline. Waits forever if the fault has no fixed end,
    /// or if no stanzas wait for the phone.
    async fn switched_on(&self) {
        let until = match self.missed.is_empty() {
            true => None,
            false => offline(&self.world, &self.account.number).flatten(),
        };
        let Some(until) = until else {
            return std::future::pending().await;
        };
        let left = until.duration_since(self.world.clock.now());
        tokio::time::sleep(left.try_into().unwrap_or_default()).await;
    }

    /// Handles an errand while the phone is offline. Stanzas are kept for later, and other errands are not carried
    /// out.
    fn miss(&mut self, errand: Errand) {
        match errand {
            Errand::Stanza(node) => self.missed.push_back(node),
            Errand::Welcome { done, .. } => {
                let _ = done.send(Err(SendError::Offline));
            }
            Errand::TellNumber { done, .. } => {
                let _ = done.send(Err(SendError::Offline));
            }
            Errand::Send { done, .. } => {
                let _ = done.send(Err(SendError::Offline));
            }
            Errand::Receipt { .. } | Errand::Wake | Errand::Retire => {}
        }
    }

    async fn run(&mut self, errand: Errand) {
        match errand {
            Errand::Stanza(node) => self.take(&node).await,
            Errand::Welcome { device, done } => {
                let _ = done.send(self.welcome(device).await);
            }
            Errand::Send { to, draft, done } => {
                let _ = done.send(self.send(to, &draft).await);
            }
            Errand::TellNumber { to, done } => {
                let _ = done.send(self.tell_number(&to).await);
            }
            Errand::Receipt { chat, ids, kind } => self.send_receipts(&chat, &ids, kind),
            Errand::Wake | Errand::Retire => {}
        }
    }

    async fn take(&mut self, stanza: &Node) {
        match &*stanza.tag {
            "message" => self.receive(stanza).await,
            "receipt" => self.note_receipt(stanza).await,
            _ => {}
        }
    }
}
