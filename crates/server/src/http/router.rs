//! The router: all routes, and the layers around them. The routes and their document are the same for every server in
//! a process, so they are built once.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use super::answer::envelope;
use super::answer::error::ApiError;
use super::document::Document;
use super::request::{idempotency, under_way};
use super::routes::metrics;
use super::state::{Http, LateDocument, Services, Shared};
use super::{auth, document, routes, socket_io};

/// All routes without their state. Building them also builds their documentation, which takes a while.
static ROUTES: LazyLock<Router<Shared>> = LazyLock::new(|| {
    let (documented, _) = routes::documented().split_for_parts();
    documented.merge(routes::for_browsers())
});

static DOCUMENT: LazyLock<LateDocument> =
    LazyLock::new(|| Arc::new(LazyLock::new(Box::new(|| Document::of(routes::documented().into_openapi())))));

/// The router with the API, its pages for browsers, and Socket.IO.
pub fn router(services: Services) -> Router {
    layered(services, DOCUMENT.clone(), ROUTES.clone())
}

/// A router that also has the routes in `more`, which pass through the same layers.
pub fn router_with(services: Services, more: OpenApiRouter) -> Router {
    let described = more.get_openapi().clone();
    let document = move || {
        let mut openapi = routes::documented().into_openapi();
        openapi.merge(described);
        Document::of(openapi)
    };
    let (more, _) = more.with_state(()).split_for_parts();
    layered(services, Arc::new(LazyLock::new(Box::new(document))), ROUTES.clone().merge(more))
}

fn layered(services: Services, document: LateDocument, mut routes: Router<Shared>) -> Router {
    if let Some(scrape) = services.scrape.clone() {
        routes = routes.route("/metrics", metrics::route(scrape));
    }
    let http = Http::new(services, document);
    routes
        .route(socket_io::PATH, any(socket_io::handle))
        .route(socket_io::PATH_OF_CLIENTS, any(socket_io::handle))
        .fallback(route_not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(http.clone(), idempotency::wrap))
        .layer(from_fn(auth::refuse_url_credentials))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(http.clone(), under_way::wrap))
        .layer(from_fn_with_state(http.clone(), envelope::wrap))
        .with_state(http)
}

/// The OpenAPI document of the API.
pub fn document() -> Value {
    document::complete(routes::documented().into_openapi())
}

async fn route_not_found() -> ApiError {
    ApiError::RouteNotFound
}

async fn method_not_allowed(_: Request) -> ApiError {
    ApiError::MethodNotAllowed
}

/// The response after a panic. The panic hook has already logged it, and the caller learns only that something
/// failed.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    ApiError::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_is_answered_with_an_internal_error_without_details() {
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
