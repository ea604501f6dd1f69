//! All routes, in one flat list.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::openapi::Document;
use super::state::{Http, Services, Shared};
use super::{
    accounts, api_keys, audit, auth, docs, envelope, events, idempotency, invitations, landing, members,
    metrics, openapi, pages, pair, probes, setup, workspaces,
};

/// The API with its pages.
pub fn router(services: Services) -> Router {
    let scrape = services.scrape.clone();
    let http = Http::new(services, LazyLock::new(|| Document::of(documented_routes().into_openapi())));
    let (mut documented, _) = documented_routes().split_for_parts();
    if let Some(scrape) = scrape {
        documented = documented.route("/metrics", metrics::route(scrape));
    }
    documented
        // Pages for browsers; programs need none of them, so the document leaves them out.
        .route("/", get(landing::handle))
        .route("/pages/page.css", get(pages::style))
        .route("/pages/form.js", get(pages::form))
        .route("/setup", get(setup::page::html))
        .route("/setup/page.js", get(setup::page::script))
        .route("/invitation", get(invitations::page::html))
        .route("/invitation/page.js", get(invitations::page::script))
        .route("/reset-password", get(auth::password::page::html))
        .route("/reset-password/page.js", get(auth::password::page::script))
        .route("/pair", get(pair::page::html))
        .route("/pair/page.css", get(pair::page::style))
        .route("/pair/page.js", get(pair::page::script))
        .merge(docs::routes())
        .fallback(route_not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(http.clone(), idempotency::wrap))
        .layer(from_fn(auth::refuse_url_credentials))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(http.clone(), envelope::wrap))
        .with_state(http)
}

/// The OpenAPI document of the API.
pub fn document() -> Value {
    openapi::complete(documented_routes().into_openapi())
}

/// Everything that the OpenAPI document describes.
fn documented_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::frame())
        .routes(routes!(setup::create::handle))
        .routes(routes!(auth::sign_in::handle))
        .routes(routes!(auth::refresh::handle))
        .routes(routes!(auth::sign_out::handle))
        .routes(routes!(auth::me::handle))
        .routes(routes!(auth::password::change::handle))
        .routes(routes!(auth::password::forgot::handle))
        .routes(routes!(auth::password::reset::handle))
        .routes(routes!(auth::totp::prepare::handle))
        .routes(routes!(auth::totp::enable::handle))
        .routes(routes!(auth::totp::disable::handle))
        .routes(routes!(auth::totp::recovery_codes::handle))
        .routes(routes!(auth::sign_ins::list::handle))
        .routes(routes!(auth::sign_ins::end_others::handle))
        .routes(routes!(auth::sign_ins::end::handle))
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
        .routes(routes!(accounts::pairing_code::show::handle, accounts::pairing_code::request::handle))
        .routes(routes!(accounts::passkey::show::handle))
        .routes(routes!(accounts::passkey::assertion::handle))
        .routes(routes!(accounts::passkey::confirm::handle))
        .routes(routes!(accounts::pairing_links::list::handle, accounts::pairing_links::create::handle))
        .routes(routes!(accounts::pairing_links::revoke::handle))
        .routes(routes!(accounts::shares::list::handle))
        .routes(routes!(accounts::shares::share::handle, accounts::shares::unshare::handle))
        .routes(routes!(pair::open::handle))
        .routes(routes!(pair::state::handle))
        .routes(routes!(pair::new_window::handle))
        .routes(routes!(pair::code::handle))
        .routes(routes!(accounts::health::handle))
        .routes(routes!(accounts::health_history::handle))
        .routes(routes!(accounts::timeline::handle))
        .routes(routes!(events::list::handle))
        .routes(routes!(audit::list::handle))
        .routes(routes!(openapi::show::handle))
        .routes(routes!(probes::healthz::handle))
        .routes(routes!(probes::readyz::handle))
}

async fn route_not_found() -> ApiError {
    ApiError::RouteNotFound
}

async fn method_not_allowed(_: Request) -> ApiError {
    ApiError::MethodNotAllowed
}

/// The panic hook has logged it already; callers learn nothing but that it happened.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    ApiError::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_is_an_internal_error_without_details() {
        async fn broken() {
            panic!("a secret");
        }
        let router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(panicked));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.extensions().get(), Some(&ApiError::Internal));
        assert_eq!(axum::body::to_bytes(answer.into_body(), 10).await.unwrap(), "");
    }
}
