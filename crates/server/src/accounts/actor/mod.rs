//! The main loop of one account. Only this loop changes the account's state, its connection and its row. Commands,
//! connection signals and clock ticks come in; the state machine decides; the loop carries out the effects.

mod attempt;
mod commands;
mod effects;
mod leave;
mod link;
mod notes;
mod settings;
mod signals;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use linekeeper_model::account::{Account, Desired};
use linekeeper_model::connection::{Connection, Epoch, Failure, Input, Rest, State};
use linekeeper_model::health::HealthStatus;
use linekeeper_model::reconnect_loop::Disconnects;
use linekeeper_model::status::Reason;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::command::Command;
use super::dependencies::Dependencies;
use super::health::Health;
use super::live::Live;
use super::logouts::Logouts;
use super::pace::{PairingSlot, Turn};
use super::pairing::Pairing;
use super::record::Record;
use super::settings::Look;
use super::supervisor::Loaded;
use super::usage::{Calendar, Counters, Zone};
use crate::telemetry::traces::TARGET;
use crate::whatsapp::{Line, Signal};

/// How long to wait before the actor tries again to write counters and rows that could not be written.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// The actor of one account. See the documentation of this module.
pub(super) struct Actor {
    dependencies: Arc<Dependencies>,
    logouts: Arc<Logouts>,
    record: Record,
    /// Whether the vault, the encrypted store of sessions, holds a session that a phone has confirmed.
    has_session: bool,
    /// When to try again to clear a session that could be neither destroyed nor set aside.
    clear_at: Option<Instant>,
    connection: Connection,
    line: Line,
    signals: mpsc::UnboundedReceiver<Signal>,
    wake: Option<Wake>,
    /// The account's position in the queue for logins.
    queue: Option<(Epoch, BoxFuture<'static, Turn>)>,
    /// The right to log in, held during the login.
    turn: Option<Turn>,
    /// The current attempt to connect, for metrics and traces.
    attempt: Option<attempt::Attempt>,
    /// The trace span that covers the actor's whole life.
    _run: tracing::Span,
    /// The right to hold a pairing open, kept while the account pairs.
    pairing_slot: Option<PairingSlot>,
    live: watch::Sender<Live>,
    health: Health,
    /// When to check the account's health again, because it may change without any signal.
    look_at: Instant,
    /// Receives changes of the workspace's time zone, which decides when days begin.
    moves: watch::Receiver<Calendar>,
    /// How serious the silence of the phone was at the last health check. `None` if the phone was not silent.
    silence_told: Option<HealthStatus>,
    disconnects: Disconnects,
    /// Signals that the account's settings changed.
    settings: Arc<Look>,
    /// When to read the settings again after the database could not be read.
    settings_due: Option<Instant>,
    deleted: bool,
}

/// A time at which the state machine wants to be woken.
#[derive(Clone, Copy)]
struct Wake {
    epoch: Epoch,
    /// When to wake.
    at: Timestamp,
    /// The same time on the monotonic clock, so that setting the machine's clock does not delay a reconnect.
    due: Instant,
}

impl Actor {
    pub(super) fn new(
        Loaded { account, epoch, at }: Loaded,
        zone: Zone,
        dependencies: Arc<Dependencies>,
        logouts: Arc<Logouts>,
        live: watch::Sender<Live>,
        settings: Arc<Look>,
    ) -> Self {
        let (sender, signals) = mpsc::unbounded_channel();
        let line = Line::new(account.id, dependencies.connector.clone(), dependencies.clock.clone(), sender);
        let now = dependencies.clock.now();
        let connection = recorded(&account, now);
        let health = Health::of(&account, now);
        let counters = Counters::new(zone, at, account.usage);
        let moves = counters.moves();
        let (storage, log) = (dependencies.storage.clone(), dependencies.log.clone());
        let record = Record::new(account, epoch, storage, log, counters);
        let run = tracing::info_span!(target: TARGET, parent: None, "account", account = %record.account.id);
        Self {
            dependencies,
            logouts,
            has_session: record.account.linked,
            clear_at: None,
            record,
            connection,
            line,
            signals,
            wake: None,
            queue: None,
            turn: None,
            attempt: None,
            _run: run,
            pairing_slot: None,
            live,
            health,
            look_at: Instant::now(),
            moves,
            silence_told: None,
            disconnects: Disconnects::default(),
            settings,
            settings_due: None,
            deleted: false,
        }
    }

    /// Runs until the server stops, the account is deleted, a later actor takes over the account, or nobody can send
    /// commands any more. Futures that rarely run are boxed, so that a thousand idle accounts do not reserve memory
    /// for a thousand new connections.
    pub(super) async fn run(mut self, commands: &mut mpsc::Receiver<Command>) {
        let stopping = self.dependencies.lifecycle.stopping().clone();
        Box::pin(self.restore()).await;
        let (mut save_at, settings) = (None, self.settings.clone());
        while !self.deleted && !self.record.is_fenced() {
            let wake = self.wake;
            let logs_out = matches!(self.connection.state(), State::Idle(Rest::LogoutPending { .. }));
            let account = self.record.account.id;
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
                (epoch, turn) = next_in_line(&mut self.queue) => {
                    self.queue = None;
                    self.turn = Some(turn);
                    Box::pin(self.dial(epoch)).await;
                }
                () = at(wake.map(|wake| wake.due)) => {
                    self.wake = None;
                    if let Some(wake) = wake {
                        Box::pin(self.woken(wake)).await;
                    }
                }
                () = settings.told() => Box::pin(self.follow_settings()).await,
                () = at(self.settings_due) => Box::pin(self.follow_settings()).await,
                () = at(self.clear_at) => Box::pin(self.clear_again()).await,
                () = self.logouts.gone(account), if logs_out && self.clear_at.is_none() => {
                    Box::pin(self.decide(Input::LoggedOut)).await;
                }
                () = tokio::time::sleep_until(self.look_at) => self.look(),
                Ok(()) = self.moves.changed() => self.look(),
                () = at(save_at) => {
                    save_at = None;
                    let now = self.now();
                    Box::pin(self.record.save(now)).await;
                }
            }
        }
        if self.deleted {
            return;
        }
        let now = self.now();
        Box::pin(self.line.close()).await;
        Box::pin(self.record.save(now)).await;
    }

    /// Checks what may change without any signal: a new day may have begun, or the phone may have been silent for
    /// too long.
    fn look(&mut self) {
        self.note_health();
        self.publish();
    }

    /// Acts on the wish that the operator expressed before this process started.
    async fn restore(&mut self) {
        // The previous process may have ended without storing the last status.
        let recorded = self.record.account.status.clone();
        if recorded.reason != self.connection.status().reason {
            self.note_change(&recorded, self.connection.state().clone());
        }
        self.restore_session().await;
        let linked = self.has_session;
        let is_paused = self.record.account.desired == Desired::Paused;
        // A paused account without a session becomes `not_linked`, because it has no connection to pause.
        if self.record.account.desired == Desired::Online || (is_paused && !linked) {
            self.decide(Input::Resume { linked }).await;
        }
        self.publish();
    }

    /// The account as operators see it now.
    fn shown(&self) -> Account {
        let mut account = self.record.account.clone();
        let status = self.connection.status();
        account.status = status;
        account
    }

    fn publish(&self) {
        let account = self.shown();
        let pairing = Pairing::of(self.connection.state());
        self.pass_pairing(&pairing);
        let last_hour = self.record.hour().clone();
        self.live.send_replace(Live { account, pairing, client_active: self.line.is_active(), last_hour });
    }

    fn now(&self) -> Timestamp {
        self.dependencies.clock.now()
    }
}

/// The state of an account's connection before the actor opens a connection. It follows from the account's row.
fn recorded(account: &Account, now: Timestamp) -> Connection {
    let status = &account.status;
    let rest = match (account.desired, status.reason) {
        (Desired::Disconnected, Reason::UserDisconnected) => Rest::UserDisconnected,
        // The previous process ended before the logout was done. The vault shows whether a session is left to log out.
        (Desired::Disconnected, _) => Rest::LogoutPending { asked: true },
        (_, Reason::LogoutPending) => Rest::LogoutPending { asked: false },
        (Desired::Paused, _) => Rest::Paused,
        (Desired::Online, Reason::QrExpired) => Rest::QrExpired,
        (Desired::Online, _) if account.linked => Rest::Unattended,
        (Desired::Online, _) => Rest::NotLinked,
    };
    let connection = match status.failure.or(Failure::recorded(status.reason)) {
        // A restart gives a new chance to an account whose retries were exhausted. Every other failure stays until
        // a person acts.
        Some(failure) if account.desired == Desired::Online => Connection::failed(failure, status.since),
        _ => Connection::at_rest(rest, status.since),
    };
    if connection.status().reason == status.reason { connection } else { Connection::at_rest(rest, now) }
}

/// Whether a pairing, or the first login after it, is in progress.
const fn links(state: &State) -> bool {
    matches!(state, State::Pairing { .. } | State::Linking { .. })
}

/// Waits for the account's turn to log in. If the account is not in the queue, this never returns.
async fn next_in_line(queue: &mut Option<(Epoch, BoxFuture<'static, Turn>)>) -> (Epoch, Turn) {
    match queue {
        Some((epoch, turn)) => (*epoch, turn.await),
        None => std::future::pending().await,
    }
}

/// Sleeps until `moment`. If `moment` is `None`, this never returns.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
