//! An HTTP client for the library, and for URLs that come from WhatsApp. It looks up the version, and fetches
//! pictures and files of messages. Requests are limited in time, and answers in size. The client uses the
//! account's proxy if there is one, and never a proxy from the environment.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use linekeeper_model::proxy::{ProxyKind, ProxyUrl};
use linekeeper_model::secret::Secret;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::ClientConfig;
use whatsapp_rust::anyhow::{self, Context as _};
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse};
use whatsapp_rust::wacore::net::{StreamingHttpResponse, UploadBody};

use super::streams::Streams;

/// The time limit for a whole request with its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The time limit for connecting.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The maximum size of an answer that is read into memory. WhatsApp's `sw.js` is far smaller. Files of messages
/// are streamed instead.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// The maximum number of redirects. Each one must lead to the same host.
const MOST_REDIRECTS: usize = 3;

/// An HTTP client with limits. All accounts that use the same route share it.
pub(in crate::whatsapp) struct BoundedHttp {
    whole: reqwest::Client,
    streams: Streams,
}

/// Why a route could not be prepared. The error never contains the proxy's URL.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The HTTP client cannot be set up.
    #[error("setting up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The HTTP client would not understand the proxy's URL, and would connect without the proxy.
    #[error("the HTTP client does not understand the proxy's address")]
    Address,
}

impl BoundedHttp {
    /// Creates a client with the TLS configuration `tls`.
    pub(in crate::whatsapp) fn new(
        tls: &Arc<ClientConfig>,
        proxy: Option<&ProxyUrl>,
    ) -> Result<Self, RouteError> {
        let streams = builder(tls, proxy)?.redirect(reqwest::redirect::Policy::none());
        Ok(Self {
            whole: builder(tls, proxy)?.redirect(on_the_same_host()).timeout(ANSWER_WITHIN).build()?,
            streams: Streams(streams.build()?),
        })
    }
}

fn builder(tls: &Arc<ClientConfig>, proxy: Option<&ProxyUrl>) -> Result<reqwest::ClientBuilder, RouteError> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(ClientConfig::clone(tls))
        .no_proxy()
        .connect_timeout(CONNECT_WITHIN);
    let Some(proxy) = proxy else { return Ok(builder) };
    let guard = OnlyTheProxy { host: proxy.host().to_owned() };
    Ok(builder.proxy(everything_through(proxy)?).dns_resolver(guard))
}

/// A server may redirect to another path on the same host. It may not redirect to another host, and in particular
/// not into a private network.
fn on_the_same_host() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let stays = attempt.previous().last().is_some_and(|before| before.origin() == attempt.url().origin());
        if stays && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}

fn everything_through(proxy: &ProxyUrl) -> Result<reqwest::Proxy, RouteError> {
    let mut address = proxy.expose();
    if proxy.kind() == ProxyKind::Socks5 {
        // In reqwest, "socks5" means that this machine resolves host names, which would reveal them to the local
        // network. With "socks5h", the proxy resolves them.
        address = Secret::new(address.expose().replacen("socks5:", "socks5h:", 1));
    }
    // If a proxy's URL is not a valid `http::Uri`, reqwest silently ignores it and connects without the proxy.
    let understood = address.expose().parse::<http::Uri>().is_ok_and(|uri| uri.authority().is_some());
    if !understood {
        return Err(RouteError::Address);
    }
    Ok(reqwest::Proxy::all(address.expose())?)
}

/// A resolver that resolves only the proxy's own host name, so that no mistake can bypass the proxy.
struct OnlyTheProxy {
    host: String,
}

impl Resolve for OnlyTheProxy {
    fn resolve(&self, name: Name) -> Resolving {
        let ours = name.as_str().eq_ignore_ascii_case(&self.host);
        Box::pin(async move {
            if !ours {
                return Err(PastTheProxy.into());
            }
            let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// This machine was about to resolve a host name that only the proxy may see.
#[derive(Debug, thiserror::Error)]
#[error("a connection past the proxy was stopped")]
struct PastTheProxy;

#[async_trait]
impl HttpClient for BoundedHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).context("unknown method")?;
        let mut outgoing = self.whole.request(method, request.url);
        for (name, value) in request.headers {
            outgoing = outgoing.header(name, value);
        }
        if let Some(body) = request.body {
            outgoing = outgoing.body(body);
        }
        // The library expects `Ok` for every completed request, even if the status is 4xx or 5xx.
        let answer = outgoing.send().await.map_err(reqwest::Error::without_url)?;
        let status_code = answer.status().as_u16();
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(reqwest::Error::without_url)?;
            anyhow::ensure!(
                body.len() + chunk.len() <= LARGEST_BODY,
                "answer larger than {LARGEST_BODY} bytes"
            );
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status_code, body })
    }

    fn supports_streaming(&self) -> bool {
        true
    }

    fn execute_streaming(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        self.streams.download(request)
    }

    fn supports_upload_streaming(&self) -> bool {
        true
    }

    fn execute_upload(
        &self,
        request: HttpRequest,
        body: UploadBody,
        content_length: u64,
    ) -> anyhow::Result<HttpResponse> {
        self.streams.upload(request, body, content_length)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::whatsapp::{client_config, install_crypto_provider};
    use std::str::FromStr as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn only_the_name_of_the_proxy_is_resolved_locally() {
        let guard = OnlyTheProxy { host: "localhost".to_owned() };
        let name = |text: &str| Name::from_str(text).unwrap();
        assert!(guard.resolve(name("LocalHost")).await.unwrap().next().is_some());
        let stopped = guard.resolve(name("web.whatsapp.com")).await.err().unwrap();
        assert_eq!(stopped.to_string(), PastTheProxy.to_string());
    }

    #[tokio::test]
    async fn a_socks_proxy_gets_the_host_name_and_not_its_address() {
        install_crypto_provider();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy: ProxyUrl = format!("socks5://{}", listener.local_addr().unwrap()).parse().unwrap();
        let client = BoundedHttp::new(&client_config(), Some(&proxy)).unwrap();
        let request = client.execute(HttpRequest::get("https://localhost/sw.js"));
        let (answer, told) = tokio::join!(request, async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut hello = [0; 3];
            socket.read_exact(&mut hello).await.unwrap();
            socket.write_all(&[5, 0]).await.unwrap();
            let mut told = vec![0; b"\x05\x01\x00\x03\x09localhost\x01\xbb".len()];
            socket.read_exact(&mut told).await.unwrap();
            told
        });
        assert_eq!(told, b"\x05\x01\x00\x03\x09localhost\x01\xbb");
        assert!(answer.is_err());
    }

    #[tokio::test]
    async fn a_redirect_is_followed_only_on_the_same_host() {
        install_crypto_provider();
        let (inside, here) = (
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
        );
        let elsewhere = format!("http://{}/secret", inside.local_addr().unwrap());
        let base = format!("http://{}", here.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let serving = async {
            loop {
                let (mut socket, _) = here.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                let mut request = vec![0; 2_048];
                let length = socket.read(&mut request).await.unwrap();
                let place = match String::from_utf8_lossy(&request[..length]).split(' ').nth(1) {
                    Some("/moved" | "/loop") => "/loop".to_owned(),
                    _ => elsewhere.clone(),
                };
                let answer = format!(
                    "HTTP/1.1 302 Found\r\nlocation: {place}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        };
        let client = BoundedHttp::new(&client_config(), None).unwrap();
        let asking = async {
            let away = client.execute(HttpRequest::get(format!("{base}/away"))).await.unwrap();
            assert_eq!((away.status_code, asked.load(Ordering::Relaxed)), (302, 1), "told, and not followed");
            let moved = client.execute(HttpRequest::get(format!("{base}/moved"))).await.unwrap();
            assert_eq!((moved.status_code, asked.load(Ordering::Relaxed)), (302, 2 + MOST_REDIRECTS));
        };
        tokio::select! {
            () = asking => {}
            () = serving => {}
            connection = inside.accept() => panic!("{connection:?} went where it must not"),
        }
    }

    #[test]
    fn the_http_library_accepts_proxy_addresses_with_special_characters() {
        for address in [
            "socks5://us%20er:p%40ss%25@proxy.example:1080",
            "http://user:@[2001:db8::1]:3128",
            "https://b%C3%BCro:%E2%82%AC@b\u{fc}ro.example",
        ] {
            let proxy: ProxyUrl = address.parse().unwrap();
            assert!(everything_through(&proxy).is_ok(), "{address}");
        }
    }
}
