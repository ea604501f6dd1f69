//! The routes of the API: a folder for each resource, a file for each verb. This file lists all routes.

pub(super) mod accounts;
pub(super) mod analytics;
pub(super) mod api_keys;
pub(super) mod audit;
pub(super) mod auth;
pub(super) mod chats;
pub(super) mod contacts;
pub(super) mod dashboard;
pub(super) mod events;
pub(super) mod invitations;
pub(super) mod media;
pub(super) mod members;
pub(super) mod messages;
pub(super) mod metrics;
pub(super) mod openapi;
pub(super) mod pair;
pub(super) mod pairing_code;
pub(super) mod pairing_links;
pub(super) mod passkey;
pub(super) mod password;
pub(super) mod probes;
pub(super) mod setup;
pub(super) mod shares;
pub(super) mod sign_ins;
pub(super) mod totp;
pub(super) mod webhooks;
pub(super) mod workspaces;

use axum::Router;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::pages;
use super::document;
use super::document::docs;
use super::state::Shared;

/// All routes that the OpenAPI document describes.
pub(super) fn documented() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(document::frame())
        .routes(routes!(setup::create::handle))
        .routes(routes!(auth::sign_in::handle))
        .routes(routes!(auth::refresh::handle))
        .routes(routes!(auth::sign_out::handle))
        .routes(routes!(auth::me::handle, auth::mails::handle))
        .routes(routes!(password::change::handle))
        .routes(routes!(password::forgot::handle))
        .routes(routes!(password::reset::handle))
        .routes(routes!(totp::prepare::handle))
        .routes(routes!(totp::enable::handle))
        .routes(routes!(totp::disable::handle))
        .routes(routes!(totp::recovery_codes::handle))
        .routes(routes!(sign_ins::list::handle))
        .routes(routes!(sign_ins::end_others::handle))
        .routes(routes!(sign_ins::end::handle))
        .routes(routes!(invitations::show::handle))
        .routes(routes!(invitations::accept::handle))
        .routes(routes!(invitations::list::handle, invitations::create::handle))
        .routes(routes!(invitations::revoke::handle))
        .routes(routes!(members::list::handle))
        .routes(routes!(members::show::handle, members::update::handle, members::remove::handle))
        .routes(routes!(workspaces::list::handle, workspaces::create::handle))
        .routes(routes!(workspaces::show::handle, workspaces::update::handle, workspaces::delete::handle))
        .routes(routes!(workspaces::enter::handle))
        .routes(routes!(api_keys::list::handle, api_keys::create::handle))
        .routes(routes!(api_keys::show::handle, api_keys::update::handle, api_keys::delete::handle))
        .routes(routes!(accounts::connect::handle))
        .routes(routes!(accounts::disconnect::handle))
        .routes(routes!(accounts::qr_code::handle))
        .routes(routes!(accounts::list::handle))
        .routes(routes!(accounts::show::handle, accounts::update::handle, accounts::delete::handle))
        .routes(routes!(accounts::pause::handle))
        .routes(routes!(accounts::resume::handle))
        .routes(routes!(accounts::picture::handle))
        .routes(routes!(accounts::devices::handle))
        .routes(routes!(accounts::proxy_test::handle))
        .routes(routes!(pairing_code::show::handle, pairing_code::request::handle))
        .routes(routes!(passkey::show::handle))
        .routes(routes!(passkey::assertion::handle))
        .routes(routes!(passkey::confirm::handle))
        .routes(routes!(pairing_links::list::handle, pairing_links::create::handle))
        .routes(routes!(pairing_links::revoke::handle))
        .routes(routes!(shares::list::handle))
        .routes(routes!(shares::share::handle, shares::unshare::handle))
        .routes(routes!(pair::open::handle))
        .routes(routes!(pair::state::handle))
        .routes(routes!(pair::new_window::handle))
        .routes(routes!(pair::code::handle))
        .routes(routes!(accounts::health::handle))
        .routes(routes!(accounts::health_history::handle))
        .routes(routes!(accounts::timeline::handle))
        .routes(routes!(messages::list::handle, messages::send::handle))
        .routes(routes!(messages::batch::handle))
        .routes(routes!(messages::show::handle))
        .routes(routes!(messages::cancel::handle))
        .routes(routes!(messages::retry::handle))
        .routes(routes!(messages::receipts::handle))
        .routes(routes!(messages::queue::handle))
        .routes(routes!(media::upload::handle))
        .routes(routes!(media::show::handle))
        .routes(routes!(media::link::handle))
        .routes(routes!(chats::list::handle))
        .routes(routes!(chats::show::handle))
        .routes(routes!(chats::read::handle))
        .routes(routes!(contacts::list::handle))
        .routes(routes!(contacts::show::handle))
        .routes(routes!(contacts::check::handle))
        .routes(routes!(contacts::erase::handle))
        .routes(routes!(analytics::accounts::handle))
        .routes(routes!(analytics::account::handle))
        .routes(routes!(analytics::messages::handle))
        .routes(routes!(events::list::handle))
        .routes(routes!(events::stream::handle))
        .routes(routes!(webhooks::list::handle, webhooks::create::handle))
        .routes(routes!(webhooks::show::handle, webhooks::update::handle, webhooks::delete::handle))
        .routes(routes!(webhooks::rotate_secret::handle))
        .routes(routes!(webhooks::test::handle))
        .routes(routes!(webhooks::pause::handle))
        .routes(routes!(webhooks::resume::handle))
        .routes(routes!(webhooks::replay::handle))
        .routes(routes!(webhooks::deliveries::handle))
        .routes(routes!(webhooks::delivery::handle))
        .routes(routes!(webhooks::replay_one::handle))
        .routes(routes!(audit::list::handle))
        .routes(routes!(openapi::show::handle))
        .routes(routes!(probes::healthz::handle))
        .routes(routes!(probes::readyz::handle))
}

/// Pages for browsers, with their files. Programs do not need these routes, so the OpenAPI document leaves them out.
pub(super) fn for_browsers() -> Router<Shared> {
    Router::new()
        .route("/", get(dashboard::page))
        .route("/assets/{*name}", get(dashboard::asset))
        .route("/pages/page.css", get(pages::style))
        .route("/pages/form.js", get(pages::form))
        .route("/pages/icon.svg", get(pages::icon))
        .route("/setup", get(setup::page::html))
        .route("/setup/page.js", get(setup::page::script))
        .route("/invitation", get(invitations::page::html))
        .route("/invitation/page.js", get(invitations::page::script))
        .route("/reset-password", get(password::page::html))
        .route("/reset-password/page.js", get(password::page::script))
        .route("/media/{accountId}/{mediaId}", get(media::file::handle))
        .route("/pair", get(pair::page::html))
        .route("/pair/page.css", get(pair::page::style))
        .route("/pair/page.js", get(pair::page::script))
        .merge(docs::routes())
}
