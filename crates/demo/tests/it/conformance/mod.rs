//! whatsim against whatsapp-rust and Baileys: whatever these clients do with WhatsApp must work with the simulator.
//! Every test ends with [`Sim::finish`](crate::sim::Sim::finish), which fails on any stanza that whatsim did not know.

mod baileys;
mod companion;
mod faults;
mod groups;
mod limits;
mod linking;
mod mailbox;
mod media;
mod message_faults;
mod messages;
mod noise;
mod numbers;
mod outage;
mod passkey;
mod phone_offline;
mod profile;
mod web;
