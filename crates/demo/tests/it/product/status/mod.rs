//! Every reason of the contract's status table that WhatsApp, a phone or the network can bring about, each one brought
//! about. Those of an operator's wishes are in `wishes`, those of a proxy in `proxy`.

mod exhausted;
mod pairing;
mod passing;
mod refused;
