//! A linked device logs in with its Noise key. Later it disconnects.

use super::{offline, presence, stream};
use crate::codec::node;
use crate::conn::Link;
use crate::faults::{Failure, FaultKind, Target};
use crate::metrics::LoginOutcome;
use crate::world::{Account, DeviceAddress, Presence, World};
use std::sync::Arc;
use waproto::whatsapp::ClientPayload;

/// A linked device that is logged in on a connection.
pub struct Companion {
    /// The simulation that the device belongs to.
    pub world: Arc<World>,
    /// The companion's connection.
    pub link: Arc<Link>,
    /// The companion's account.
    pub account: Arc<Account>,
    /// The device's number within the account.
    pub device: u16,
}

impl Companion {
    /// The companion's number and device number.
    pub fn address(&self) -> DeviceAddress {
        self.account.address(self.device)
    }
}

/// Accepts the login of a device, or refuses the login and closes the link.
pub fn greet(
    world: &Arc<World>,
    link: &Arc<Link>,
    payload: &ClientPayload,
    noise_key: [u8; 32],
) -> Option<Companion> {
    let number = payload.username.unwrap_or_default().to_string();
    let device = payload.device.and_then(|d| u16::try_from(d).ok()).unwrap_or_default();
    link.own(DeviceAddress { number: number.clone(), device });
    if !admitted(world, link, Target::Device(&number, device)) {
        return None;
    }
    let Some(account) =
        world.registry.by_number(&number).filter(|a| enter(world, link, a, device, noise_key))
    else {
        refuse(world, link, &Failure { reason: 401, expire: None, code: None, message: None, url: None });
        return None;
    };
    world.metrics.login(LoginOutcome::Success);
    link.send(
        node("success")
            .attr("t", world.clock.seconds())
            .attr("props", "27")
            .attr("companion_enc_static", "")
            .attr("lid", account.lid_jid(device))
            .attr("display_name", "")
            .attr("location", stream::LOCATION)
            .build(),
    );
    let companion = Companion { world: world.clone(), link: link.clone(), account, device };
    // A client usually asks to become active when it is ready. A client that logs in with `passive` set to false
    // is active at once.
    if payload.passive == Some(false) {
        offline::drain(&companion);
    }
    let target = Target::Device(&number, device);
    if let Some(fault) = world.faults.next(target, world.clock.now(), FaultKind::strikes) {
        stream::strike(link, &fault);
    }
    Some(companion)
}

/// Whether the faults that are set let this connection log in. If not, refuses the client and ends the connection.
pub(super) fn admitted(world: &World, link: &Link, target: Target<'_>) -> bool {
    let now = world.clock.now();
    if world.faults.next(target, now, |kind| *kind == FaultKind::RefuseConnect).is_some() {
        link.sever();
        return false;
    }
    world.faults.seize(link, now);
    let failing = |kind: &FaultKind| matches!(kind, FaultKind::Failure(_));
    if let Some(FaultKind::Failure(failure)) = world.faults.next(target, now, failing) {
        refuse(world, link, &failure);
        return false;
    }
    true
}

/// Records that a device's connection has ended.
pub fn leave(companion: &Companion) {
    let mut state = companion.account.lock();
    if let Some(device) = state.devices.get_mut(&companion.device)
        && device.link().is_some_and(|link| link.id == companion.link.id)
    {
        device.presence = Presence::Offline;
    }
    drop(state);
    presence::gone(companion);
}

/// Refuses a login and closes the connection.
pub(super) fn refuse(world: &World, link: &Link, failure: &Failure) {
    world.metrics.login(LoginOutcome::Failure);
    link.send(stream::failure(failure, &world.clock));
    link.close();
}

/// Assigns this connection to the device if the client proved that it has the device's key. An older connection of the
/// device ends with the error "replaced". Returns `false` if the device is not linked, or if the client proved another
/// key.
fn enter(world: &World, link: &Arc<Link>, account: &Account, device: u16, noise_key: [u8; 32]) -> bool {
    let mut state = account.lock();
    let Some(device) = state.devices.get_mut(&device).filter(|d| d.noise_key == noise_key) else {
        return false;
    };
    if let Some(older) = device.link() {
        older.send(stream::replaced());
        older.close();
    }
    device.presence = Presence::Passive(link.clone());
    device.last_login = Some(world.clock.seconds());
    true
}
