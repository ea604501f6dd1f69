//! Keeps a client's events in the order of their arrival until a test asks for them. So a test may ask late and
//! misses nothing.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use tokio::sync::Notify;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, MessageBatch};

use crate::deadline::within;

/// Receives the events from the client and keeps them for the test.
#[derive(Default)]
pub struct Mailbox {
    kept: Mutex<VecDeque<Arc<Event>>>,
    arrived: Notify,
}

impl Mailbox {
    /// Waits for the first event for which `pick` returns something. Removes the event and returns the result of
    /// `pick`. The event may have arrived before this call.
    pub async fn take<T>(
        &self,
        what: impl Display,
        mut pick: impl FnMut(&Event) -> Option<T>,
    ) -> anyhow::Result<T> {
        within(what, async {
            loop {
                let arrived = self.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if let Some(picked) = self.take_kept(&mut pick) {
                    return picked;
                }
                arrived.await;
            }
        })
        .await
        .with_context(|| format!("instead there were: {:?}", self.kept()))
    }

    /// Takes out all events so far for which `pick` returns something.
    pub fn drain<T>(&self, mut pick: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
        std::iter::from_fn(|| self.take_kept(&mut pick)).collect()
    }

    fn take_kept<T>(&self, pick: &mut impl FnMut(&Event) -> Option<T>) -> Option<T> {
        let mut kept = self.kept();
        let (index, picked) =
            kept.iter().enumerate().find_map(|(index, event)| Some((index, pick(event)?)))?;
        kept.remove(index);
        Some(picked)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Event>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventHandler for Mailbox {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::Messages(batch) => self.kept().extend(one_by_one(batch)),
            _ => self.kept().push_back(event),
        }
        self.arrived.notify_waiters();
    }
}

/// Splits a batch into events with one message each. The library delivers all messages of an offline queue as one
/// batch, but tests ask for single messages.
fn one_by_one(batch: &MessageBatch) -> impl Iterator<Item = Arc<Event>> {
    batch.iter().map(|message| {
        let alone = MessageBatch::builder()
            .messages(Arc::from([message.clone()]))
            .origin(batch.origin)
            .hook_committed(batch.hook_committed)
            .build();
        Arc::new(Event::Messages(alone))
    })
}
