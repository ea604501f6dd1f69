//! HTTP for a companion. It trusts the simulator's certificate authority and connects only to the media server.

use anyhow::ensure;
use async_trait::async_trait;
use reqwest::{Certificate, Client, Method};
use rustls::crypto::ring;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse};

/// An HTTP client. Clones share its connections.
#[derive(Clone)]
pub struct Web(Client);

impl Web {
    /// A client that trusts the certificate authority of one simulator.
    pub fn trusting(ca_pem: &str) -> anyhow::Result<Self> {
        // A process can have only one cryptography provider for TLS, and an earlier test may have installed it.
        let _already_installed = ring::default_provider().install_default();
        let authority = Certificate::from_pem(ca_pem.as_bytes())?;
        Ok(Self(Client::builder().no_proxy().tls_certs_only([authority]).build()?))
    }
}

#[async_trait]
impl HttpClient for Web {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        ensure!(request.url.starts_with("https://127.0.0.1:"), "the client asked for {}", request.url);
        let mut call = self.0.request(Method::from_bytes(request.method.as_bytes())?, &request.url);
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        if let Some(body) = request.body {
            call = call.body(body);
        }
        let answer = call.send().await?;
        Ok(HttpResponse { status_code: answer.status().as_u16(), body: answer.bytes().await?.to_vec() })
    }
}
