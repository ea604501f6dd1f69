//! `GET /api/docs`: the OpenAPI document as a page, shown by Swagger UI. All of its files are in the binary,
//! compressed. The page contacts no other server and stores no credential.

mod file;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};

use crate::http::answer::pages;
use crate::http::state::Shared;
use file::File;

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static SWAGGER_STYLE: File = File::new(STYLE, include_bytes!("swagger-ui/swagger-ui.css.gz"));
static SWAGGER_SCRIPT: File = File::new(SCRIPT, include_bytes!("swagger-ui/swagger-ui.js.gz"));
static SWAGGER_LICENCE: File =
    File::new("text/plain; charset=utf-8", include_bytes!("swagger-ui/LICENSE.txt.gz"));

/// The page and its files.
pub(in crate::http) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/docs", get(html))
        .route("/api/docs/page.css", get(async || ([(CONTENT_TYPE, STYLE)], include_str!("page.css"))))
        .route("/api/docs/page.js", get(async || ([(CONTENT_TYPE, SCRIPT)], include_str!("page.js"))))
        .route("/api/docs/swagger-ui.css", sent(&SWAGGER_STYLE))
        .route("/api/docs/swagger-ui.js", sent(&SWAGGER_SCRIPT))
        .route("/api/docs/swagger-ui.LICENSE.txt", sent(&SWAGGER_LICENCE))
}

async fn html() -> impl IntoResponse {
    pages::html(include_str!("page.html"))
}

fn sent(file: &'static File) -> MethodRouter<Shared> {
    get(async move |headers: HeaderMap| file.answer(&headers))
}
