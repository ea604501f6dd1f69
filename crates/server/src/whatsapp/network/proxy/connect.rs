//! Connects through an HTTP proxy with the method CONNECT (RFC 9110, section 9.3.6) and Basic authentication.

use std::io;
use std::pin::pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{Either, select};
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Answer, ProxyTrouble, Target};

/// The maximum size of the headers of an answer to CONNECT. Normal headers are far smaller.
const LARGEST_HEAD: usize = 16 * 1024;

/// Asks the proxy at the other end of `socket` for a connection to `target`.
pub(super) async fn connect<S>(
    socket: S,
    target: Target<'_>,
    login: Option<(&str, &str)>,
) -> Result<S, ProxyTrouble>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request = request(target, login);
    let handshake = http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(TokioIo::new(socket));
    let (mut sender, connection) = handshake.await.map_err(|error| broken(&error))?;
    let answer = pin!(sender.send_request(request));
    let connection = pin!(connection.without_shutdown());
    // The future of the connection ends by itself only if the connection becomes a tunnel. After a refusal, it
    // would wait for another request.
    let (answer, ended) = match select(answer, connection).await {
        Either::Left((answer, connection)) => match answer {
            Ok(answer) if answer.status().is_success() => (Ok(answer), Some(connection.await)),
            answer => (answer, None),
        },
        Either::Right((ended, answer)) => (answer.await, Some(ended)),
    };
    let status = answer.map_err(|error| broken(&error))?.status();
    if !status.is_success() {
        return Err(Answer::Http(status.as_u16()).trouble(login.is_some()));
    }
    let parts = ended.ok_or(ProxyTrouble::NotUnderstood)?.map_err(|error| broken(&error))?;
    // In a tunnel, the client speaks first. So bytes that have already arrived do not come from WhatsApp.
    if !parts.read_buf.is_empty() {
        return Err(ProxyTrouble::NotUnderstood);
    }
    Ok(parts.io.into_inner())
}

fn request(target: Target<'_>, login: Option<(&str, &str)>) -> Request<String> {
    let Target { host, port } = target;
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut request = Request::builder().method(Method::CONNECT).uri(&authority).header(HOST, &authority);
    if let Some((user, password)) = login {
        let text = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        let mut value = HeaderValue::try_from(text).expect("base64 is plain text");
        value.set_sensitive(true);
        request = request.header(PROXY_AUTHORIZATION, value);
    }
    request.body(String::new()).expect("a URL's host and a port make an authority")
}

fn broken(error: &hyper::Error) -> ProxyTrouble {
    if error.is_parse() {
        return ProxyTrouble::NotUnderstood;
    }
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    ProxyTrouble::Broken(cause.map_or(io::ErrorKind::UnexpectedEof, io::Error::kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    const TARGET: Target<'_> = Target { host: "web.whatsapp.com", port: 443 };
    const LOGIN: Option<(&str, &str)> = Some(("user", "pass:word"));

    /// Runs a proxy that reads a request, sends `answer`, and then keeps the connection open. Returns the result,
    /// what the proxy received, and the proxy's side of the connection.
    async fn with(
        answer: &str,
        login: Option<(&str, &str)>,
    ) -> (Result<DuplexStream, ProxyTrouble>, String, DuplexStream) {
        let (ours, mut proxys) = tokio::io::duplex(64 * 1024);
        let proxy = async {
            let mut told = Vec::new();
            while !told.ends_with(b"\r\n\r\n") {
                told.push(proxys.read_u8().await.unwrap());
            }
            proxys.write_all(answer.as_bytes()).await.unwrap();
            if answer.is_empty() {
                proxys.shutdown().await.unwrap();
            }
            (String::from_utf8(told).unwrap(), proxys)
        };
        let (connected, (told, proxys)) = tokio::join!(connect(ours, TARGET, login), proxy);
        (connected, told, proxys)
    }

    #[tokio::test]
    async fn the_socket_leads_to_the_target_after_the_proxy_accepts() {
        let (connected, told, mut proxys) = with("HTTP/1.1 200 Connection established\r\n\r\n", LOGIN).await;
        let mut ours = connected.unwrap();
        ours.write_all(b"ping").await.unwrap();
        proxys.write_all(b"pong").await.unwrap();
        let (mut there, mut back) = ([0; 4], [0; 4]);
        proxys.read_exact(&mut there).await.unwrap();
        ours.read_exact(&mut back).await.unwrap();
        assert_eq!((&there, &back), (b"ping", b"pong"));
        assert_eq!(
            told.to_ascii_lowercase(),
            "connect web.whatsapp.com:443 http/1.1\r\nhost: web.whatsapp.com:443\r\n\
             proxy-authorization: basic dxnlcjpwyxnzondvcmq=\r\n\r\n"
        );
    }

    #[tokio::test]
    async fn each_answer_of_an_http_proxy_is_mapped_to_the_right_error() {
        let refused = "HTTP/1.1 403 Filtered\r\nContent-Length: 2000\r\n\r\n<html>";
        let unauthorized = "HTTP/1.0 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
        let too_long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(2 * LARGEST_HEAD));
        let cases = [
            (unauthorized, LOGIN, ProxyTrouble::LoginRejected),
            (unauthorized, None, ProxyTrouble::LoginRequired),
            (refused, LOGIN, ProxyTrouble::Refused(Answer::Http(403))),
            ("HTTP/1.1 502 Bad Gateway\r\n\r\n", None, ProxyTrouble::NoWayOn(Answer::Http(502))),
            ("SSH-2.0-OpenSSH_9.2\r\n", None, ProxyTrouble::NotUnderstood),
            ("HTTP/1.1 200 OK\r\n\r\nwelcome", None, ProxyTrouble::NotUnderstood),
            (too_long.as_str(), None, ProxyTrouble::NotUnderstood),
            ("", None, ProxyTrouble::Broken(io::ErrorKind::UnexpectedEof)),
        ];
        for (answer, login, expected) in cases {
            assert_eq!(with(answer, login).await.0.map(drop), Err(expected), "{answer:.40}");
        }
    }
}
