//! The admin API and the WhatsApp endpoint, on one port. Handlers only read the request and call `control`.

mod body;
mod faults;
mod groups;
mod media;
mod messages;
mod numbers;
mod outage;
mod pairing;
mod passkey;
mod phones;
mod pictures;
mod profile;
mod state;
mod websocket;

use crate::port::{Guests, Port};
use crate::world::World;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, delete, get, post};
use axum::{Extension, Router};
use body::Problem;
use std::sync::Arc;

/// All routes of the main port. `guests` are the clients that connect while the port is open.
pub fn router(world: Arc<World>, port: Arc<Port>, guests: &Guests) -> Router {
    Router::new()
        .route("/ws/chat", any(websocket::connect).layer(Extension(guests.clone())))
        .route("/pictures/{lid}/{id}/{kind}", get(pictures::show))
        .route("/admin/phones", post(phones::create).get(phones::list))
        .route("/admin/phones/{number}", get(phones::show).delete(phones::remove))
        .route("/admin/phones/{number}/devices/{device}", delete(phones::unlink))
        .route("/admin/phones/{number}/scan", post(pairing::scan))
        .route("/admin/phones/{number}/pairing-code", post(pairing::type_code))
        .route("/admin/phones/{number}/passkey", get(passkey::show).post(passkey::answer))
        .route("/admin/phones/{number}/profile", get(profile::show).post(profile::change))
        .route("/admin/mock-phone/scan-qr", post(pairing::scan_with_made_phone))
        .route(
            "/admin/phones/{number}/messages",
            post(messages::send).layer(DefaultBodyLimit::max(messages::BIGGEST_BODY)),
        )
        .route("/admin/phones/{number}/tell-number", post(numbers::tell))
        .route("/admin/phones/{number}/settings", post(numbers::configure))
        .route("/admin/aliases", post(numbers::alias).get(numbers::aliases))
        .route("/admin/groups", post(groups::create).get(groups::list))
        .route("/admin/groups/{id}", get(groups::show))
        .route("/admin/ca.pem", get(media::authority))
        .route("/admin/media/expire", post(media::expire))
        .route("/admin/phones/{number}/inbox", get(messages::inbox))
        .route("/admin/phones/{number}/receipts", post(messages::receipts))
        .route("/admin/faults", post(faults::add).get(faults::list))
        .route("/admin/faults/{id}", delete(faults::clear))
        .route("/admin/state", get(state::show))
        .route("/admin/state/reset-peaks", post(state::reset_peaks))
        .route("/admin/outage", post(outage::begin).layer(Extension(port)))
        .route("/metrics", get(state::metrics))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "not with this method")
        })
        .layer(from_fn_with_state(guests.clone(), outage::cut_off))
        .with_state(world)
}
