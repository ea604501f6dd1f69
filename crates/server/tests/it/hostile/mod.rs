//! Hostile requests over a real socket to every route that writes. The tests find the routes in the OpenAPI
//! document, so new routes are included. Each answer must be a documented refusal, and nothing may change.

mod bodies;
mod ids;
mod requests;
mod target;
