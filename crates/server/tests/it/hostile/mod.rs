//! Hostile requests over a real socket, to every route that writes. The routes are found in the API's document, so a
//! new route is included. Each answer must be a documented refusal, and nothing may change.

mod bodies;
mod ids;
mod requests;
mod target;
