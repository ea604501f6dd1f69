//! Causes every documented reason of a status that WhatsApp, a phone or the network can cause. The tests in
//! `wishes` cover the reasons that an operator causes, those in `proxy` the reasons of a proxy.

mod exhausted;
mod pairing;
mod passing;
mod refused;
