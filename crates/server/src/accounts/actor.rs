//! The loop of one account. It alone touches the account's state, its line and its row: commands,
//! signals of the connection and the clock come in, the state machine decides, effects go out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use linekeeper_model::account::{Account, Desired};
use linekeeper_model::connection::{
    Connection, Effect, Epoch, Failure, Input, Moment, QrRef, Rest, State, WrongPhone,
};
use linekeeper_model::phone::Identity;
use linekeeper_model::status::{ConnectionStatus, Reason};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::command::Command;
use super::counters::Counters;
use super::dependencies::Dependencies;
use super::error::AccountError;
use super::live::Live;
use super::pairing::Pairing;
use super::record::Record;
use crate::whatsapp::{Line, Signal};

/// How long counters and rows that could not be written wait for the next try.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// See the module.
pub(super) struct Actor {
    dependencies: Arc<Dependencies>,
    record: Record,
    connection: Connection,
    line: Line,
    signals: mpsc::UnboundedReceiver<Signal>,
    wake: Option<Wake>,
    live: watch::Sender<Live>,
}

/// A wake-up call that the state machine asked for.
#[derive(Clone, Copy)]
struct Wake {
    epoch: Epoch,
    /// What it asked for.
    at: Timestamp,
    /// The same on the clock that never jumps: setting the machine's time must not delay a reconnect.
    due: Instant,
}

impl Actor {
    pub(super) fn new(
        account: Account,
        counters: Counters,
        dependencies: Arc<Dependencies>,
        live: watch::Sender<Live>,
    ) -> Self {
        let (sender, signals) = mpsc::unbounded_channel();
        let line = Line::new(account.id, dependencies.connector.clone(), dependencies.clock.clone(), sender);
        let connection = recorded(&account);
        let record = Record::new(account, dependencies.storage.clone(), counters);
        Self { dependencies, record, connection, line, signals, wake: None, live }
    }

    /// Runs until the server stops or nobody can send commands any more. Whatever is done now and then
    /// is boxed, so that a thousand idle accounts do not keep room for opening a thousand connections.
    pub(super) async fn run(mut self, commands: &mut mpsc::Receiver<Command>) {
        let stopping = self.dependencies.lifecycle.stopping().clone();
        Box::pin(self.restore()).await;
        let mut save_at = None;
        loop {
            let wake = self.wake;
            save_at = match save_at {
                _ if !self.record.is_dirty() => None,
                None => Some(Instant::now() + SAVE_EVERY),
                due => due,
            };
            tokio::select! {
                () = stopping.cancelled() => break,
                command = commands.recv() => match command {
                    Some(command) => Box::pin(self.obey(command)).await,
                    None => break,
                },
                Some(signal) = self.signals.recv() => Box::pin(self.hear(signal)).await,
                () = at(wake.map(|wake| wake.due)) => {
                    self.wake = None;
                    if let Some(Wake { epoch, at, .. }) = wake {
                        Box::pin(self.notice_link()).await;
                        let moment = Moment { now: self.now().max(at), jitter: rand::random() };
                        Box::pin(self.decide_at(moment, Input::Wake(epoch))).await;
                    }
                }
                () = at(save_at) => {
                    save_at = None;
                    let now = self.now();
                    Box::pin(self.record.save(now)).await;
                }
            }
        }
        let now = self.now();
        Box::pin(self.line.close()).await;
        Box::pin(self.record.save(now)).await;
    }

    /// Takes up what the operator wished before this process started.
    async fn restore(&mut self) {
        let account = &mut self.record.account;
        if !account.linked && account.desired != Desired::Disconnected {
            // Killed after the phone agreed and before the row said so: the vault knows.
            account.linked = match self.dependencies.storage.vault().has_session(account.id).await {
                Ok(has_session) => has_session,
                Err(error) => {
                    tracing::warn!(account = %account.id, %error, "could not look for its session");
                    false
                }
            };
        }
        let linked = account.linked;
        if account.desired == Desired::Online {
            self.decide(Input::Resume { linked }).await;
        }
        self.publish();
    }

    async fn obey(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Link(reply) => {
                let answer =
                    if matches!(self.connection.state(), State::Online { .. } | State::Linking { .. }) {
                        Err(AccountError::AlreadyConnected)
                    } else {
                        self.record.change(now, |account| account.desired = Desired::Online).await;
                        let linked = self.record.account.linked;
                        self.decide(Input::Link { linked }).await;
                        Ok(self.live.borrow().account.clone())
                    };
                let _caller_left = reply.send(answer);
            }
            Command::Disconnect(reply) => {
                if self.record.account.desired != Desired::Disconnected {
                    self.record.change(now, |account| account.desired = Desired::Disconnected).await;
                }
                self.decide(Input::Disconnect).await;
                let _caller_left = reply.send(Ok(self.live.borrow().account.clone()));
            }
        }
    }

    async fn hear(&mut self, signal: Signal) {
        match signal {
            Signal::QrCode(epoch, text, good_for) => {
                let refresh_at = self.now() + good_for;
                self.decide(Input::QrCode(epoch, QrRef { text, refresh_at })).await;
            }
            Signal::Paired(epoch, identity) => self.paired(epoch, identity).await,
            Signal::LoggedIn(epoch) => {
                self.notice_link().await;
                self.line.settle().await;
                self.decide(Input::LoggedIn(epoch)).await;
            }
            Signal::PushName(name) => {
                self.record.change(self.now(), |account| account.push_name = Some(name)).await;
                self.publish();
            }
            Signal::Received(messages) => {
                self.record.received(self.now(), messages);
                self.publish();
            }
            Signal::Ended(epoch, end) => self.decide(Input::Ended(epoch, end)).await,
        }
    }

    /// A session that has an owner is linked, whatever was heard of it: a window that ends at this moment must not
    /// throw away what the phone has just agreed to.
    async fn notice_link(&mut self) {
        let owner = self.line.identity();
        if matches!(self.connection.state(), State::Pairing { .. }) && owner.phone.is_some() {
            self.paired(self.connection.epoch(), owner).await;
        }
    }

    /// A phone agreed. Its session must be on disk before anybody is told.
    async fn paired(&mut self, epoch: Epoch, identity: Identity) {
        if epoch != self.connection.epoch() {
            return;
        }
        let expected = self.record.account.identity.phone.clone();
        if expected.is_some() && identity.phone.is_some() && expected != identity.phone {
            return self.decide(Input::WrongPhone(epoch, WrongPhone::Unexpected)).await;
        }
        let before = std::mem::replace(&mut self.record.account.identity, identity);
        if self.record.phone_is_taken().await {
            self.record.account.identity = before;
            return self.decide(Input::WrongPhone(epoch, WrongPhone::Taken)).await;
        }
        self.line.settle().await;
        self.record.change(self.now(), |account| account.linked = true).await;
        self.decide(Input::Paired(epoch)).await;
    }

    async fn decide(&mut self, input: Input) {
        self.decide_at(Moment { now: self.now(), jitter: rand::random() }, input).await;
    }

    /// Feeds an input to the state machine and carries out what it asks for, which may itself fail and
    /// so become the next input.
    async fn decide_at(&mut self, moment: Moment, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let before = self.connection.status();
            let (connection, effects) = self.connection.clone().next(input, moment);
            self.connection = connection;
            let after = self.connection.status();
            if (before.state, before.reason) != (after.state, after.reason) {
                tracing::info!(
                    account = %self.record.account.id, state = ?after.state, reason = after.reason.code(),
                    attempt = after.attempt, "status"
                );
            }
            self.note_status(before.state);
            // Published first: nobody should see a code or "connected" that is on its way out.
            self.publish();
            for effect in effects {
                if let Some(failed) = self.carry_out(effect).await {
                    inputs.push_back(failed);
                }
            }
            if self.record.is_dirty() {
                self.record.save(self.now()).await;
            }
            self.publish();
        }
    }

    async fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        let account = self.record.account.id;
        let vault = self.dependencies.storage.vault().clone();
        match effect {
            Effect::Open(epoch) => {
                let opened = self.line.open(epoch, vault.take(account)).await;
                return opened.err().map(|error| {
                    tracing::warn!(%account, %error, "no connection could be opened");
                    Input::Ended(epoch, error.end())
                });
            }
            Effect::Close => self.line.close().await,
            Effect::Logout => {
                if self.record.account.linked || self.line.is_active() {
                    self.line.logout(self.connection.epoch(), vault.take(account)).await;
                }
            }
            Effect::ClearSession => {
                self.line.close().await;
                match vault.destroy(account).await {
                    Ok(()) if self.record.account.linked => {
                        self.record.change(self.now(), |account| account.linked = false).await;
                    }
                    Ok(()) => {}
                    Err(error) => tracing::error!(%account, %error, "the session could not be cleared"),
                }
            }
            Effect::WakeAt(epoch, at) => {
                let left = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
                self.wake = Some(Wake { epoch, at, due: Instant::now() + left });
            }
            Effect::StayUnavailable => self.line.stay_unavailable().await,
        }
        None
    }

    /// Notes the statuses that must outlive the process; a reconnect's steps need not. The caller saves them.
    fn note_status(&mut self, before: ConnectionStatus) {
        let status = self.connection.status();
        let now = self.now();
        let online = status.state == ConnectionStatus::Connected;
        let was_online = before == ConnectionStatus::Connected;
        let lasting =
            online || matches!(status.state, ConnectionStatus::Disconnected | ConnectionStatus::Failed);
        let new = self.record.account.status.since != status.since && lasting;
        if !new && was_online == online {
            return;
        }
        let (identity, push_name) = (self.line.identity(), self.line.push_name());
        let change = |account: &mut Account| {
            if lasting {
                account.status = status;
            }
            if online && !was_online {
                account.last_connected_at = Some(now);
                account.identity.phone = identity.phone.or(account.identity.phone.take());
                account.identity.lid = identity.lid.or(account.identity.lid.take());
                account.push_name = push_name.or(account.push_name.take());
            }
            if was_online && !online {
                account.last_disconnected_at = Some(now);
            }
        };
        self.record.note(now, change);
    }

    fn publish(&self) {
        let mut account = self.record.account.clone();
        let status = self.connection.status();
        let recorded = account.status.reason == status.reason && account.status.since == status.since;
        if !recorded {
            account.status = status;
        }
        let pairing = Pairing::of(self.connection.state());
        self.live.send_replace(Live { account, pairing, client_active: self.line.is_active() });
    }

    fn now(&self) -> Timestamp {
        self.dependencies.clock.now()
    }
}

/// The connection that the account's row tells of, before anything is opened.
fn recorded(account: &Account) -> Connection {
    let status = &account.status;
    let rest = match (account.desired, status.reason) {
        (Desired::Disconnected, _) => Rest::UserDisconnected,
        (Desired::Paused, _) => Rest::Paused,
        (Desired::Online, Reason::QrExpired) => Rest::QrExpired,
        (Desired::Online, _) => Rest::NotLinked,
    };
    match Failure::recorded(status.reason) {
        // A restart is a new try; every other failure waits for a person.
        Some(failure) if failure != Failure::RetriesExhausted && account.desired == Desired::Online => {
            Connection::failed(failure, status.since)
        }
        _ => Connection::at_rest(rest, status.since),
    }
}

/// Sleeps until then, for ever when there is no such moment.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
