//! How commands reach a running server: the server's address and the API key.

use anyhow::Context as _;
use clap::Args;
use linekeeper_model::secret::Secret;
use url::Url;

use super::client::Client;
use super::{Console, Options};

/// The environment variable that may hold the API key.
const KEY_VARIABLE: &str = "LINEKEEPER_API_KEY";

/// The options of commands that call a running server.
#[derive(Debug, Args)]
pub struct Access {
    /// The URL of the server [default: the address that it is configured to listen on]
    #[arg(long, value_name = "URL")]
    server: Option<Url>,
    /// Read the API key from the first line of standard input, instead of the variable LINEKEEPER_API_KEY
    #[arg(long)]
    api_key_stdin: bool,
}

impl Access {
    pub(super) fn client(&self, options: &Options, console: &mut Console) -> anyhow::Result<Client> {
        let key = self.key(console)?;
        Client::new(&self.server(options)?, key)
    }

    fn key(&self, console: &mut Console) -> anyhow::Result<Secret<String>> {
        if self.api_key_stdin {
            return console.read_secret("an API key");
        }
        let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
        let key = key.context(
            "this needs an API key: set LINEKEEPER_API_KEY, or give --api-key-stdin \
             (`linekeeper api-key create` makes one)",
        )?;
        Ok(Secret::new(key))
    }

    /// The URL of the server. If the server listens on all addresses, it is reached at this machine's loopback
    /// address.
    fn server(&self, options: &Options) -> anyhow::Result<Url> {
        if let Some(url) = &self.server {
            return Ok(url.clone());
        }
        let mut address = options.load()?.server.listen;
        if address.ip().is_unspecified() {
            let loopback =
                if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        Ok(Url::parse(&format!("http://{address}"))?)
    }
}
