//! Causes every reason of the contract's status table that WhatsApp, a phone or the network can cause. Reasons that
//! an operator causes are in `wishes`, those of a proxy in `proxy`.

mod exhausted;
mod pairing;
mod passing;
mod refused;
