//! Causes every documented reason of a status that comes from WhatsApp, a phone or the network. The tests in
//! `wishes` cover the reasons that an operator causes, and those in `proxy` cover the reasons that a proxy causes.

mod exhausted;
mod pairing;
mod passing;
mod refused;
