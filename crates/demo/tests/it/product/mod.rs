//! The product as its users meet it: the program as a process, its command line and its REST API, with
//! whatsim in place of WhatsApp. Nothing here looks inside the process.

mod api;
mod backup;
mod command_line;
mod devices;
mod disconnect;
mod docs_page;
mod installation;
mod key_rotation;
mod kill;
mod limits;
mod linking;
mod logs;
mod loops;
mod metrics;
mod outside;
mod pair_page;
mod pairing_window;
mod profile;
mod proxy;
mod reconnect;
mod restart;
mod secrecy;
mod sim;
mod status;
mod traces;
mod wishes;
