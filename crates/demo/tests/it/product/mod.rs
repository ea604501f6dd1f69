//! The product as its users see it: the program as a process, its command line and its REST API, with whatsim in
//! place of WhatsApp. These tests never look inside the process.

mod api;
mod backup;
mod chaos;
mod command_line;
mod devices;
mod disconnect;
mod docs_page;
mod first_login;
mod installation;
mod key_rotation;
mod kill;
mod leaving;
mod limits;
mod linking;
mod logs;
mod loops;
mod mails;
mod messages;
mod metrics;
mod outside;
mod pair_page;
mod pairing_window;
mod planted;
mod profile;
mod proxy;
mod reconnect;
mod restart;
mod s3_store;
mod secrecy;
mod seed;
mod status;
mod traces;
mod wishes;
