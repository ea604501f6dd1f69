//! Tests that need a real client to pair with whatsim. They live here because no other crate may switch off the check of
//! WhatsApp's Noise certificate, and pairing can't do without.

mod conformance;
mod deadline;
mod product;
mod sim;
