//! Tests that pair a real client with whatsim. They are in this crate because pairing with whatsim requires
//! switching off the verification of WhatsApp's Noise certificate, and no other crate may do that.

mod conformance;
mod deadline;
mod product;
mod sim;
