//! Counts the requests in progress of the server and of each address, credential and workspace. Also counts how many of
//! these requests are long (long polls, streams, upgraded connections). Each count has a maximum, so that no client
//! takes the slots of others. This module does not limit how long a request takes.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use linekeeper_model::id::WorkspaceId;
use sha2::{Digest as _, Sha256};

use super::client_address::{ClientAddress, ClientIp};
use crate::http::answer::error::ApiError;
use crate::http::answer::guarded::guarded;
use crate::http::connections::{Bound, Capacity, Entry};
use crate::http::state::Shared;

/// Paths that are never refused because of other requests.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// A party whose requests are counted together: an address, a workspace, a credential or the whole server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Party {
    Everybody,
    Address(ClientAddress),
    Workspace(WorkspaceId),
    /// A credential, by the hash of its text.
    Credential([u8; 32]),
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    all: usize,
    held: usize,
}

/// Counts the requests of a server.
pub(in crate::http) struct Requests {
    capacity: Capacity,
    counts: Mutex<HashMap<Party, Count>>,
}

/// One request in progress. It counts as long as any copy of this value exists. A handler that upgrades its
/// connection keeps a copy.
#[derive(Clone)]
pub(in crate::http) struct UnderWay(Arc<Claims>);

struct Claims {
    requests: Arc<Requests>,
    parties: Mutex<Vec<Party>>,
    held: Mutex<Vec<Party>>,
}

impl Requests {
    pub fn new(capacity: Capacity) -> Arc<Self> {
        Arc::new(Self { capacity, counts: Mutex::default() })
    }

    fn begin(self: &Arc<Self>, address: ClientAddress) -> Result<UnderWay, ApiError> {
        let request = self.uncounted();
        request.claim(Party::Everybody)?;
        request.claim(Party::Address(address))?;
        Ok(request)
    }

    /// Creates a request in progress that does not count for any party yet.
    fn uncounted(self: &Arc<Self>) -> UnderWay {
        let claims = Claims { requests: self.clone(), parties: Mutex::default(), held: Mutex::default() };
        UnderWay(Arc::new(claims))
    }

    const fn bound(&self, party: &Party) -> Bound {
        match party {
            Party::Everybody => self.capacity.everybody(),
            Party::Address(_) | Party::Workspace(_) => self.capacity.one_party(),
            Party::Credential(_) => self.capacity.one_credential(),
        }
    }

    fn release(&self, parties: &[Party], of: impl Fn(&mut Count) -> &mut usize) {
        let mut counts = lock(&self.counts);
        for party in parties {
            if let Slot::Occupied(mut slot) = counts.entry(party.clone()) {
                let count = of(slot.get_mut());
                *count = count.saturating_sub(1);
                if slot.get().all == 0 {
                    slot.remove();
                }
            }
        }
    }
}

impl UnderWay {
    /// Counts the request for its credential. The credential is not checked yet and may be invalid. A refusal here
    /// costs nothing, because nothing was looked up.
    pub fn with_credential(&self, text: &str) -> Result<(), ApiError> {
        self.claim(Party::Credential(Sha256::digest(text.as_bytes()).into()))
    }

    /// Counts the request for the workspace of its caller.
    pub fn in_workspace(&self, workspace: WorkspaceId) -> Result<(), ApiError> {
        self.claim(Party::Workspace(workspace))
    }

    /// Marks the request as long from now on: it waits for something, streams, or will upgrade its connection. Each
    /// party may have fewer long requests than requests in total. May be called again after more parties were added.
    pub fn hold(&self) -> Result<(), ApiError> {
        let Claims { requests, parties, held } = &*self.0;
        let (parties, mut held) = (lock(parties), lock(held));
        let mut counts = lock(&requests.counts);
        let more: Vec<Party> = parties.iter().filter(|party| !held.contains(party)).cloned().collect();
        let is_full =
            |party: &Party| counts.get(party).is_some_and(|count| count.held >= requests.bound(party).held);
        if more.iter().any(is_full) {
            return Err(ApiError::TooManyRequests);
        }
        for party in more {
            counts.entry(party.clone()).or_default().held += 1;
            held.push(party);
        }
        Ok(())
    }

    fn claim(&self, party: Party) -> Result<(), ApiError> {
        let Claims { requests, parties, .. } = &*self.0;
        let mut parties = lock(parties);
        if parties.contains(&party) {
            return Ok(());
        }
        let most = requests.bound(&party).all;
        let mut counts = lock(&requests.counts);
        let count = counts.entry(party.clone()).or_default();
        if count.all >= most {
            return Err(ApiError::TooManyRequests);
        }
        count.all += 1;
        parties.push(party);
        Ok(())
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        self.requests.release(&lock(&self.held), |count| &mut count.held);
        self.requests.release(&lock(&self.parties), |count| &mut count.all);
    }
}

/// The layer `wrap` adds this value to each request, except to probes.
impl FromRequestParts<Shared> for UnderWay {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| http.requests.uncounted()))
    }
}

/// Wraps all routes, and counts each request. Probes are not counted and always pass.
pub(in crate::http) async fn wrap(State(http): State<Shared>, mut request: Request, next: Next) -> Response {
    let entry = request.extensions().get::<Entry>().copied().unwrap_or(Entry::Everything);
    let response = if PROBES.contains(&request.uri().path()) {
        next.run(request).await
    } else {
        match admitted(&http, entry, &mut request) {
            Ok(under_way) => next.run(request).await.map(|body| guarded(body, under_way)),
            Err(refusal) => refusal.into_response(),
        }
    };
    if entry == Entry::Everything { response } else { last(response) }
}

fn admitted(http: &Shared, entry: Entry, request: &mut Request) -> Result<UnderWay, ApiError> {
    match entry {
        Entry::Everything => {}
        Entry::ProbesOnlyForThisAddress => return Err(ApiError::TooManyRequests),
        Entry::ProbesOnly => return Err(ApiError::Busy),
    }
    let client = ClientIp::of_request(request, http);
    let under_way = http.requests.begin(client.0.into())?;
    request.extensions_mut().insert(under_way.clone());
    Ok(under_way)
}

/// Closes the connection after this response. This is for a connection that only probes may use: it must not stay open.
fn last(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Locks the counts. They are still usable if another thread panicked while it held the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn address(last: u8) -> ClientAddress {
        IpAddr::from([192, 0, 2, last]).into()
    }

    /// A server with 64 slots for requests. An address may have 32 requests and a credential 8. Of long requests, the
    /// server may have 48, an address 16 and a credential 4.
    fn requests() -> Arc<Requests> {
        Requests::new(Capacity::of_sockets(64))
    }

    #[test]
    fn one_credential_cannot_take_all_request_slots() {
        let requests = requests();
        let of = |key: &str| {
            let request = requests.begin(address(1))?;
            request.with_credential(key)?;
            Ok::<_, ApiError>(request)
        };
        let mut under_way: Vec<_> = (0..8).map(|_| of("one").unwrap()).collect();
        assert_eq!(of("one").err(), Some(ApiError::TooManyRequests));
        assert!(of("other").is_ok());
        under_way.pop();
        assert!(of("one").is_ok());
    }

    #[test]
    fn long_requests_leave_slots_for_short_ones() {
        let requests = requests();
        let begin = || {
            let request = requests.begin(address(1)).unwrap();
            request.with_credential("one").unwrap();
            request
        };
        let held: Vec<_> = (0..4).map(|_| begin()).collect();
        assert!(held.iter().all(|request| request.hold().is_ok()));
        assert_eq!(held[0].hold(), Ok(()), "the same request again");
        assert_eq!(begin().hold(), Err(ApiError::TooManyRequests));
        let _short = begin();
        drop(held);
        assert_eq!(begin().hold(), Ok(()));
    }

    #[test]
    fn one_address_cannot_take_all_request_slots() {
        let requests = requests();
        let under_way: Vec<_> = (0..32).map(|_| requests.begin(address(1)).unwrap()).collect();
        assert!(requests.begin(address(1)).is_err());
        assert!(requests.begin(address(2)).is_ok());
        drop(under_way);
        assert!(requests.begin(address(1)).is_ok());
    }

    #[test]
    fn ended_requests_leave_nothing_in_memory() {
        let requests = requests();
        for _ in 0..100 {
            let request = requests.begin(address(1)).unwrap();
            request.with_credential("one").unwrap();
            request.hold().unwrap();
            let copy = request.clone();
            drop(request);
            drop(copy);
        }
        assert!(lock(&requests.counts).is_empty());
    }
}
