//! Decides which connections are kept. A connection without a request in progress is idle, but a long poll, a stream or
//! an upgraded connection is never idle. If an address is at its limit, its new connection replaces an idle connection
//! of the same address. If the server is at its limit, a new connection replaces an idle connection of the address with
//! the most connections. Unused connections are closed first. If none can be closed, only probes may use the new one.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linekeeper_model::network::Network;
use tokio_util::sync::CancellationToken;

use super::capacity::{Capacity, ROOM_FOR_PROBES};
use crate::http::request::client_address::ClientAddress;

/// Keeps the connections of one listener within its capacity.
pub struct Admission {
    most: usize,
    most_of_a_client: usize,
    room: usize,
    trusted_proxies: Vec<Network>,
    book: Mutex<Book>,
}

/// Which connections are counted together. All trusted proxies are one group: they stand for many clients, so only
/// the total limits them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Client(ClientAddress),
    Proxies,
    /// Connections that may only use the probes.
    Room,
}

/// What a connection may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Entry {
    Everything,
    /// The connection's address has the maximum number of connections.
    ProbesOnlyForThisAddress,
    /// The server has the maximum number of connections.
    ProbesOnly,
}

#[derive(Default)]
struct Book {
    next: u64,
    groups: HashMap<Group, Members>,
}

#[derive(Default)]
struct Members {
    /// The position of each connection among the idle connections, or `None` while the connection has a request in
    /// progress.
    present: HashMap<u64, Option<Place>>,
    idle: BTreeMap<Place, (u64, CancellationToken)>,
}

/// The order in which idle connections are closed: unused ones first, then the longest idle.
type Place = (Used, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Used {
    Never,
    Before,
}

/// Counts one connection in the [`Admission`] until this value is dropped.
pub(super) struct Seat {
    admission: Arc<Admission>,
    group: Group,
    id: u64,
    pub entry: Entry,
    leave: CancellationToken,
}

/// A request in progress. Its connection is not idle until this value is dropped.
pub(super) struct Busy(Option<Arc<Seat>>);

impl Admission {
    /// An admission for this capacity. Trusted proxies may use all of it.
    pub fn new(capacity: Capacity, trusted_proxies: Vec<Network>) -> Arc<Self> {
        Arc::new(Self {
            most: capacity.sockets(),
            most_of_a_client: capacity.one_party().all,
            room: ROOM_FOR_PROBES,
            trusted_proxies,
            book: Mutex::default(),
        })
    }

    /// Admits a connection, and closes an idle one if necessary. Returns `None` if even the extra connections for
    /// probes are used up.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Arc<Seat>> {
        let is_proxy = self.trusted_proxies.iter().any(|network| network.contains(peer.to_canonical()));
        let group = if is_proxy { Group::Proxies } else { Group::Client(peer.into()) };
        let mut book = self.lock();
        let (group, entry) = if !is_proxy && book.members(group) >= self.most_of_a_client {
            if book.evict_of(group) {
                (group, Entry::Everything)
            } else {
                (Group::Room, Entry::ProbesOnlyForThisAddress)
            }
        } else if book.all() >= self.most && !book.evict_of_the_largest() {
            (Group::Room, Entry::ProbesOnly)
        } else {
            (group, Entry::Everything)
        };
        if group == Group::Room && book.members(group) >= self.room && !book.evict_of(group) {
            return None;
        }
        let leave = CancellationToken::new();
        let id = book.add(group, leave.clone());
        drop(book);
        Some(Arc::new(Seat { admission: self.clone(), group, id, entry, leave }))
    }

    /// Locks the book. It is still consistent if another thread panicked while it held the lock.
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Returns when the connection must be closed to make room for another connection.
    pub async fn evicted(&self) {
        self.leave.cancelled().await;
    }

    /// Call this when a request begins.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.admission.lock().set_busy(self);
        Busy(Some(self.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.admission.lock().remove(self.group, self.id);
    }
}

impl Busy {
    /// Call this if the connection was upgraded. It then stays in use until its socket is closed.
    pub fn for_good(mut self) {
        self.0 = None;
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(seat) = &self.0 {
            seat.admission.lock().set_idle(seat);
        }
    }
}

impl Book {
    /// The number of connections, except those that may only use the probes.
    fn all(&self) -> usize {
        self.counted().map(|(_, members)| members.present.len()).sum()
    }

    fn members(&self, group: Group) -> usize {
        self.groups.get(&group).map_or(0, |members| members.present.len())
    }

    fn counted(&self) -> impl Iterator<Item = (&Group, &Members)> {
        self.groups.iter().filter(|(group, _)| **group != Group::Room)
    }

    fn add(&mut self, group: Group, leave: CancellationToken) -> u64 {
        let id = self.number();
        let members = self.groups.entry(group).or_default();
        let place = (Used::Never, id);
        members.present.insert(id, Some(place));
        members.idle.insert(place, (id, leave));
        id
    }

    fn set_busy(&mut self, seat: &Seat) {
        let Some(members) = self.groups.get_mut(&seat.group) else { return };
        if let Some(place) = members.present.get_mut(&seat.id).and_then(Option::take) {
            members.idle.remove(&place);
        }
    }

    fn set_idle(&mut self, seat: &Seat) {
        let place = (Used::Before, self.number());
        let Some(members) = self.groups.get_mut(&seat.group) else { return };
        // An evicted connection is no longer in `present`, so it does not become idle again.
        if let Some(slot @ None) = members.present.get_mut(&seat.id) {
            *slot = Some(place);
            members.idle.insert(place, (seat.id, seat.leave.clone()));
        }
    }

    fn remove(&mut self, group: Group, id: u64) {
        let Some(members) = self.groups.get_mut(&group) else { return };
        if let Some(Some(place)) = members.present.remove(&id) {
            members.idle.remove(&place);
        }
        if members.present.is_empty() {
            self.groups.remove(&group);
        }
    }

    /// Evicts an idle connection of the group. Returns false if there is none.
    fn evict_of(&mut self, group: Group) -> bool {
        let first = self.groups.get_mut(&group).and_then(|members| members.idle.pop_first());
        let Some((_, (id, leave))) = first else { return false };
        leave.cancel();
        self.remove(group, id);
        true
    }

    /// Evicts an idle connection of one group. Among the groups that have an idle connection, this is the group with
    /// the most connections. Returns false if no group has an idle connection.
    fn evict_of_the_largest(&mut self) -> bool {
        let with_idle = self.counted().filter(|(_, members)| !members.idle.is_empty());
        let largest = with_idle.max_by_key(|(_, members)| members.present.len()).map(|(group, _)| *group);
        largest.is_some_and(|group| self.evict_of(group))
    }

    const fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "192.0.2.1";
    const BEN: &str = "192.0.2.2";

    /// 64 connections, 32 for one address.
    fn admission() -> Arc<Admission> {
        Admission::new(Capacity::of_sockets(64), vec!["10.0.0.0/8".parse().unwrap()])
    }

    fn enter(admission: &Arc<Admission>, from: &str) -> Arc<Seat> {
        admission.enter(from.parse().unwrap()).expect("there is room")
    }

    fn entries(seats: &[Arc<Seat>]) -> Vec<Entry> {
        let mut entries: Vec<Entry> = seats.iter().map(|seat| seat.entry).collect();
        entries.dedup();
        entries
    }

    fn evicted(seats: &[Arc<Seat>]) -> Vec<usize> {
        (0..seats.len()).filter(|index| seats[*index].leave.is_cancelled()).collect()
    }

    #[test]
    fn an_address_at_its_limit_replaces_its_idle_connections() {
        let admission = admission();
        let other = enter(&admission, BEN);
        let seats: Vec<_> = (0..40).map(|_| enter(&admission, ANN)).collect();
        assert_eq!(entries(&seats), [Entry::Everything]);
        assert_eq!(evicted(&seats), (0..8).collect::<Vec<_>>(), "the oldest");
        assert!(!other.leave.is_cancelled());
    }

    #[test]
    fn unused_connections_are_evicted_before_used_connections() {
        let admission = admission();
        let used = enter(&admission, ANN);
        drop(used.begin());
        let seats: Vec<_> = (0..62).map(|_| enter(&admission, ANN)).collect();
        assert!(!used.leave.is_cancelled());
        assert_eq!(evicted(&seats).len(), 31);
        // The connection is only evicted when all others have a request in progress.
        let busy: Vec<_> = seats.iter().map(Seat::begin).collect();
        let _newest = enter(&admission, ANN);
        assert!(used.leave.is_cancelled());
        drop(busy);
    }

    #[test]
    fn busy_connections_are_never_evicted_and_health_probes_are_still_admitted() {
        let admission = admission();
        let seats: Vec<_> = (0..32).map(|_| enter(&admission, ANN)).collect();
        let busy: Vec<_> = seats.iter().map(Seat::begin).collect();
        let more: Vec<_> = (0..100).map(|_| enter(&admission, ANN)).collect();
        assert_eq!(entries(&more), [Entry::ProbesOnlyForThisAddress]);
        assert_eq!(evicted(&seats), [] as [usize; 0]);
        assert_eq!(evicted(&more).len(), 100 - ROOM_FOR_PROBES);
        assert_eq!(enter(&admission, BEN).entry, Entry::Everything, "another address is let in");
        drop(busy);
        assert_eq!(enter(&admission, ANN).entry, Entry::Everything);
    }

    #[test]
    fn a_full_server_evicts_a_connection_of_the_address_with_the_most_connections() {
        let admission = admission();
        let ann: Vec<_> = (0..32).map(|_| enter(&admission, ANN)).collect();
        let proxied: Vec<_> = (0..31).map(|_| enter(&admission, "10.1.2.3")).collect();
        let ben = enter(&admission, BEN);
        let cid = enter(&admission, "192.0.2.3");
        assert_eq!((ben.entry, cid.entry), (Entry::Everything, Entry::Everything));
        assert_eq!((evicted(&ann), evicted(&proxied)), (vec![0], vec![]));
        let busy: Vec<_> = ann.iter().chain(&proxied).chain([&ben, &cid]).map(Seat::begin).collect();
        assert_eq!(enter(&admission, "192.0.2.4").entry, Entry::ProbesOnly);
        drop(busy);
    }

    #[test]
    fn an_upgraded_connection_stays_busy_until_it_ends() {
        let admission = admission();
        let mut seats: Vec<_> = (0..32).map(|_| enter(&admission, ANN)).collect();
        for seat in &seats {
            seat.begin().for_good();
        }
        assert_eq!(enter(&admission, ANN).entry, Entry::ProbesOnlyForThisAddress);
        seats.pop();
        assert_eq!(enter(&admission, ANN).entry, Entry::Everything);
    }

    #[test]
    fn ended_connections_leave_nothing_in_memory() {
        let admission = admission();
        let seats: Vec<_> = (0..200).map(|_| enter(&admission, ANN)).collect();
        for seat in &seats {
            drop(seat.begin());
        }
        drop(seats);
        assert!(admission.lock().groups.is_empty());
    }
}
