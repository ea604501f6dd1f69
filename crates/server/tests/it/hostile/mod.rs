//! What a hostile caller sends over a real socket, to every route that writes: found in the API's document, so that a
//! new route is among them. Asked of each answer: a refusal as documented, and nothing changed.

mod bodies;
mod ids;
mod requests;
mod target;
