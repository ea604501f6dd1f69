//! Socket.IO (protocol 5 over Engine.IO 4): the namespace `/events` over WebSocket and long polling. This module
//! transports events. `delivery::live` decides which events are sent and which clients may have them.
//! docs/decisions/0060 says why linekeeper has its own implementation.

mod packet;
mod polling;
mod sessions;
mod subscribe;
mod talk;
mod websocket;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(super) use self::sessions::Sessions;
use self::talk::Talk;
use super::answer::error::ApiError;
use super::request::client_address::ClientIp;
use super::request::origin::CalledFrom;
use super::request::under_way::UnderWay;
use super::state::Shared;

/// The path of Socket.IO.
pub(super) const PATH: &str = "/socket.io";
/// The path that the official clients use.
pub(super) const PATH_OF_CLIENTS: &str = "/socket.io/";

/// The maximum size in bytes of a message or body from a client.
const MOST: usize = 64 * 1024;

/// How a request breaks the protocol. Each number is the error code of Engine.IO.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    UnknownTransport = 0,
    UnknownSession = 1,
    Method = 2,
    Request = 3,
    Version = 5,
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let message = match self {
            Self::UnknownTransport => "Transport unknown",
            Self::UnknownSession => "Session ID unknown",
            Self::Method => "Bad handshake method",
            Self::Request => "Bad request",
            Self::Version => "Unsupported protocol version",
        };
        let body = json!({ "code": self as u8, "message": message });
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    }
}

/// The query of a request.
#[derive(Debug, Default)]
struct Asked {
    version: Option<String>,
    transport: Option<String>,
    session: Option<String>,
}

impl Asked {
    fn of(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "EIO" => &mut asked.version,
                "transport" => &mut asked.transport,
                "sid" => &mut asked.session,
                _ => continue,
            };
            *place = Some(value.into_owned());
        }
        asked
    }
}

/// Handles every request of the protocol.
pub(super) async fn handle(
    State(http): State<Shared>,
    under_way: UnderWay,
    request: Request,
) -> Result<Response, ApiError> {
    let asked = Asked::of(request.uri().query().unwrap_or_default());
    if asked.version.as_deref() != Some("4") {
        return Ok(Wrong::Version.into_response());
    }
    let session = match &asked.session {
        None => None,
        Some(id) => match http.socket_sessions.get(id) {
            Some(session) => Some(session),
            None => return Ok(Wrong::UnknownSession.into_response()),
        },
    };
    match (asked.transport.as_deref(), request.method(), session) {
        (Some("polling"), &Method::GET, Some(session)) => Ok(polling::poll(&http, &session).await),
        (Some("polling"), &Method::POST, Some(session)) => polling::take_in(&session, request).await,
        (Some("polling"), &Method::GET, None) => {
            let (talk, _) = begin(&http, under_way, request)?;
            Ok(polling::open(&http, talk))
        }
        (Some("websocket"), &Method::GET, Some(session)) => {
            Ok(websocket::take_over(&http, session, under_way, request))
        }
        (Some("websocket"), &Method::GET, None) => {
            let Some(accept) = websocket::accept(request.headers()) else {
                return Ok(Wrong::Request.into_response());
            };
            let (talk, request) = begin(&http, under_way, request)?;
            Ok(websocket::open(&http, talk, accept, request))
        }
        (Some("polling" | "websocket"), _, None) => Ok(Wrong::Method.into_response()),
        (Some("polling" | "websocket"), _, _) => Ok(Wrong::Request.into_response()),
        _ => Ok(Wrong::UnknownTransport.into_response()),
    }
}

/// Begins a long-lived connection. Refuses if the IP address of the client or the whole server has too many such
/// connections, or if the server is stopping.
fn begin(http: &Shared, under_way: UnderWay, request: Request) -> Result<(Talk, Request), ApiError> {
    if http.stopping.is_cancelled() {
        return Err(ApiError::ShuttingDown);
    }
    under_way.hold()?;
    let (parts, body) = request.into_parts();
    let (origin, from) = (CalledFrom::of(&parts, http).0, ClientIp::of(&parts, http));
    Ok((Talk::new(http.clone(), under_way, origin, from), Request::from_parts(parts, body)))
}

/// An answer whose body is Engine.IO packets as text.
fn texts(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], body.into()).into_response()
}
