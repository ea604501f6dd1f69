//! The faults that are set. This module counts down `times`, ends faults at `until`, and applies `black_hole` and
//! `slow`, the two faults that disturb a connection for as long as they last.

use super::{FaultKind, Scope, Slow, Target};
use crate::conn::Link;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Identifies a fault.
pub type FaultId = u64;

/// A fault that a caller wants to set.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFault {
    /// Whom the fault hits.
    pub scope: Scope,
    /// The kind of the fault, with its parameters.
    pub kind: FaultKind,
    /// How many connections, messages or requests the fault hits before it is used up. `None` means no limit.
    pub times: Option<u32>,
    /// The time at which the fault ends by itself. `None` means that it lasts until it is cleared or used up.
    pub until: Option<Timestamp>,
}

/// A fault that is set. A used-up fault stays in the list until it is cleared.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The id of the fault. The fault can be cleared by this id.
    pub id: FaultId,
    /// The fault as the caller set it.
    pub wanted: NewFault,
    /// How many connections, messages or requests the fault will still hit. `None` means no limit.
    pub remaining: Option<u32>,
    /// How many connections, messages or requests the fault has hit so far.
    pub hits: u64,
}

impl Fault {
    /// Whether the fault may still hit something: it is neither used up nor past its end.
    pub fn armed(&self, now: Timestamp) -> bool {
        self.remaining != Some(0) && self.standing(now)
    }

    /// Whether the end of the fault (`until`) is still in the future. A fault without an end returns true. Until its
    /// end, even a used-up fault disturbs the connections that it has hit.
    fn standing(&self, now: Timestamp) -> bool {
        self.wanted.until.is_none_or(|until| now < until)
    }

    fn hit(&mut self) {
        self.hits += 1;
        if let Some(remaining) = &mut self.remaining {
            *remaining -= 1;
        }
    }
}

/// The faults that disturb one connection. For nearly all connections there are none.
#[derive(Default)]
pub struct Disturbances {
    any: AtomicBool,
    held_by: Mutex<Vec<FaultId>>,
}

impl Disturbances {
    fn hold(&self, id: FaultId) {
        self.held_by.lock().push(id);
        self.any.store(true, Ordering::Release);
    }
}

/// What happens to a stanza on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// The stanza is sent.
    Normal,
    /// The stanza is dropped.
    Swallow,
    /// The stanza is sent late.
    Slow(Slow),
}

/// All faults of a server.
#[derive(Default)]
pub struct Faults {
    board: Mutex<Board>,
    /// How many of the faults put an account into a state, such as "the phone is offline". The server looks for such
    /// faults at each message. Nearly always there are none: this atomic number is 0, and the server skips the lock.
    states: AtomicUsize,
    /// How many faults affect messages. Like `states`, this is an atomic number so that the server can skip the
    /// lock.
    on_messages: AtomicUsize,
}

#[derive(Default)]
struct Board {
    faults: Vec<Fault>,
    last: FaultId,
}

impl Faults {
    /// Adds a fault. The caller must also apply the fault to the clients that are already connected.
    pub fn add(&self, wanted: NewFault) -> FaultId {
        let mut board = self.board.lock();
        board.last += 1;
        let id = board.last;
        let remaining = wanted.times;
        self.states.fetch_add(usize::from(wanted.kind.is_state()), Ordering::AcqRel);
        self.on_messages.fetch_add(usize::from(wanted.kind.on_messages()), Ordering::AcqRel);
        board.faults.push(Fault { id, wanted, remaining, hits: 0 });
        id
    }

    /// Removes a fault and returns it, if there is one with this id.
    pub fn clear(&self, id: FaultId) -> Option<Fault> {
        let mut board = self.board.lock();
        let position = board.faults.iter().position(|f| f.id == id)?;
        let fault = board.faults.remove(position);
        self.states.fetch_sub(usize::from(fault.wanted.kind.is_state()), Ordering::AcqRel);
        self.on_messages.fetch_sub(usize::from(fault.wanted.kind.on_messages()), Ordering::AcqRel);
        Some(fault)
    }

    /// Whether any fault affects messages. Nearly always there is none, and then the server handles a message without
    /// the lock.
    pub fn any_on_messages(&self) -> bool {
        self.on_messages.load(Ordering::Acquire) > 0
    }

    /// Looks at the faults that now put this account into a state, such as "the phone is offline". Calls `pick` for
    /// each of these faults, newest first, and returns the first result.
    pub fn state_of<T>(
        &self,
        number: &str,
        now: Timestamp,
        pick: impl Fn(&NewFault) -> Option<T>,
    ) -> Option<T> {
        if self.states.load(Ordering::Acquire) == 0 {
            return None;
        }
        let board = self.board.lock();
        let mut standing = board.faults.iter().rev().filter(|fault| {
            fault.wanted.kind.is_state()
                && fault.standing(now)
                && fault.wanted.scope.covers(Target::Account(number))
        });
        standing.find_map(|fault| pick(&fault.wanted))
    }

    /// The fault with this id.
    pub fn get(&self, id: FaultId) -> Option<Fault> {
        self.board.lock().faults.iter().find(|f| f.id == id).cloned()
    }

    /// All faults, including used-up ones, in the order they were added.
    pub fn list(&self) -> Vec<Fault> {
        self.board.lock().faults.clone()
    }

    /// Counts one hit of the fault `id` on this target, and returns the fault's kind. Returns `None` if the fault is
    /// used up, has ended, or does not cover the target.
    pub fn claim(&self, id: FaultId, target: Target<'_>, now: Timestamp) -> Option<FaultKind> {
        self.take(target, now, |fault| fault.id == id).map(|(_, kind)| kind)
    }

    /// Finds the first armed fault that covers this target and whose kind `wanted` accepts. Counts one hit and
    /// returns the kind.
    pub fn next(
        &self,
        target: Target<'_>,
        now: Timestamp,
        wanted: impl Fn(&FaultKind) -> bool,
    ) -> Option<FaultKind> {
        self.take(target, now, |fault| wanted(&fault.wanted.kind)).map(|(_, kind)| kind)
    }

    /// Uses up a fault, so that it hits nothing new.
    pub fn disarm(&self, id: FaultId) {
        if let Some(fault) = self.board.lock().faults.iter_mut().find(|f| f.id == id) {
            fault.remaining = Some(0);
        }
    }

    /// Applies armed faults to this connection: all that disturb connections and have a scope that covers this
    /// connection.
    pub fn seize(&self, link: &Link, now: Timestamp) {
        let owner = link.owner();
        let target = Target::from(owner.as_ref());
        let holding = |kind: &FaultKind| matches!(kind, FaultKind::BlackHole | FaultKind::Slow(_));
        let held: Vec<FaultId> = link.disturbances.held_by.lock().clone();
        let mut caught = held.clone();
        while let Some((id, _)) =
            self.take(target, now, |fault| holding(&fault.wanted.kind) && !caught.contains(&fault.id))
        {
            caught.push(id);
            link.disturbances.hold(id);
        }
    }

    /// What happens to a stanza that is sent to the client of this connection now. It depends on the faults that disturb
    /// the connection.
    pub fn treatment(&self, link: &Link, now: Timestamp) -> Treatment {
        let mut treatment = Treatment::Normal;
        for kind in self.holding(link, now) {
            match kind {
                FaultKind::BlackHole => return Treatment::Swallow,
                FaultKind::Slow(slow) => treatment = Treatment::Slow(slow),
                _ => {}
            }
        }
        treatment
    }

    /// Whether a `black_hole` makes the server ignore what this client sends.
    pub fn deaf(&self, link: &Link, now: Timestamp) -> bool {
        self.holding(link, now).contains(&FaultKind::BlackHole)
    }

    fn holding(&self, link: &Link, now: Timestamp) -> Vec<FaultKind> {
        if !link.disturbances.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let held = link.disturbances.held_by.lock().clone();
        let board = self.board.lock();
        let standing = board.faults.iter().filter(|f| held.contains(&f.id) && f.standing(now));
        standing.map(|f| f.wanted.kind.clone()).collect()
    }

    fn take(
        &self,
        target: Target<'_>,
        now: Timestamp,
        wanted: impl Fn(&Fault) -> bool,
    ) -> Option<(FaultId, FaultKind)> {
        let mut board = self.board.lock();
        let due =
            board.faults.iter_mut().find(|f| f.armed(now) && f.wanted.scope.covers(target) && wanted(f))?;
        due.hit();
        Some((due.id, due.wanted.kind.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::ConnId;
    use crate::world::DeviceAddress;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn fault(scope: &str, kind: FaultKind, times: Option<u32>) -> NewFault {
        NewFault { scope: scope.parse().unwrap(), kind, times, until: None }
    }

    fn later(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_fault_ends_after_it_was_applied_the_given_number_of_times() {
        let faults = Faults::default();
        let id = faults.add(fault("1555", FaultKind::RefuseConnect, Some(2)));
        let target = Target::Device("1555", 1);
        let any = |_: &FaultKind| true;
        assert_eq!(faults.next(Target::Device("1556", 1), NOW, any), None);
        assert_eq!(faults.next(target, NOW, any), Some(FaultKind::RefuseConnect));
        assert_eq!(faults.next(target, NOW, any), Some(FaultKind::RefuseConnect));
        assert_eq!(faults.next(target, NOW, any), None);
        let spent = faults.get(id).unwrap();
        assert_eq!((spent.remaining, spent.hits), (Some(0), 2));
        assert!(faults.clear(id).is_some());
        assert!(faults.clear(id).is_none());
    }

    #[test]
    fn a_fault_ends_at_its_end_time() {
        let faults = Faults::default();
        faults.add(NewFault { until: Some(later(10)), ..fault("all", FaultKind::RefuseConnect, None) });
        assert!(faults.next(Target::Unknown, later(9), |_| true).is_some());
        assert!(faults.next(Target::Unknown, later(10), |_| true).is_none());
    }

    #[test]
    fn a_black_hole_affects_a_connection_until_the_fault_is_cleared() {
        let faults = Faults::default();
        let id = faults.add(fault("1555", FaultKind::BlackHole, Some(1)));
        let (link, _queue) = Link::new(ConnId(1));
        let (other, _queue) = Link::new(ConnId(2));
        for link in [&link, &other] {
            link.own(DeviceAddress { number: "1555".into(), device: 1 });
            faults.seize(link, NOW);
        }
        assert!(faults.deaf(&link, NOW));
        assert_eq!(faults.treatment(&link, NOW), Treatment::Swallow);
        assert_eq!(faults.treatment(&other, NOW), Treatment::Normal, "times 1 catches one connection");
        faults.clear(id);
        assert!(!faults.deaf(&link, NOW));
        assert_eq!(faults.treatment(&link, NOW), Treatment::Normal);
    }

    #[test]
    fn each_fault_counts_a_connection_only_once() {
        let faults = Faults::default();
        let slow = FaultKind::Slow(Slow { delay_ms: 1, jitter_ms: 0, bytes_per_second: None });
        let id = faults.add(fault("all", slow, None));
        let (link, _queue) = Link::new(ConnId(1));
        faults.seize(&link, NOW);
        faults.seize(&link, NOW);
        assert_eq!(faults.get(id).unwrap().hits, 1);
        assert!(matches!(faults.treatment(&link, NOW), Treatment::Slow(_)));
    }

    #[test]
    fn a_fault_of_an_account_lasts_until_its_end_time_or_until_it_is_cleared() {
        let faults = Faults::default();
        let offline = |number, now| {
            let pick = |fault: &NewFault| (fault.kind == FaultKind::PhoneOffline).then_some(());
            faults.state_of(number, now, pick).is_some()
        };
        assert!(!offline("1555", NOW));
        faults.add(fault("1555", FaultKind::DropConnection, None));
        assert!(!offline("1555", NOW), "what happens to connections is no state");
        let id =
            faults.add(NewFault { until: Some(later(10)), ..fault("1555", FaultKind::PhoneOffline, None) });
        assert!(offline("1555", later(9)) && !offline("1556", NOW) && !offline("1555", later(10)));
        faults.clear(id);
        assert!(!offline("1555", NOW));
    }
}
