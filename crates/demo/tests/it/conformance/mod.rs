//! Runs whatsapp-rust and Baileys against whatsim. Everything that these clients do with WhatsApp must also work with
//! the simulator. Every test ends with [`Sim::finish`](crate::sim::Sim::finish), which fails if whatsim received a
//! stanza that it does not know.

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
