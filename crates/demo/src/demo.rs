//! `linekeeper-demo demo`: a simulated WhatsApp and a real server in one process, an Owner, and three
//! phones linked through the API. Everything lives in a temporary folder and is gone afterwards.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use linekeeper::app::{self, Running, Trust};
use linekeeper::cli::Options;
use linekeeper::config::{Config, Sources};
use linekeeper::lifecycle::Lifecycle;
use linekeeper::telemetry::logging;

use crate::api::Api;
use crate::enter;

/// The numbers of the demo's phones, and the names of their accounts.
const PHONES: [(&str, &str); 3] =
    [("15550000001", "Front desk"), ("15550000002", "Sales"), ("15550000003", "Support")];

const EMAIL: &str = "owner@demo.example";

/// The address on which the demo's simulator listens. The address of linekeeper itself comes from `--listen`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Demo {
    /// Address of the simulator's own API
    #[arg(long = "whatsim-listen", value_name = "ADDRESS", default_value_t = WHATSIM)]
    whatsim: SocketAddr,
}

const WHATSIM: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7100);
const LINEKEEPER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

impl Default for Demo {
    fn default() -> Self {
        Self { whatsim: WHATSIM }
    }
}

impl Demo {
    /// Runs until the process is asked to stop.
    pub(crate) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let folder = tempfile::tempdir().context("no temporary folder for the demo")?;
        let simulator = whatsim::Server::builder().listen(self.whatsim).start().await?;
        let config = configuration(options, folder.path(), &simulator)?;
        logging::start(&config.log, None)?;
        let lifecycle = Lifecycle::new();
        lifecycle.listen_for_signals()?;
        let server = app::start(&config, Trust::LoopbackOnly, crate::BUILD, &lifecycle).await?;
        let shown = lifecycle.stopping().run_until_cancelled(show(&server, &simulator, folder.path())).await;
        if matches!(shown, Some(Err(_))) {
            lifecycle.stop();
        }
        server.finish().await;
        simulator.shutdown().await;
        shown.unwrap_or(Ok(()))
    }
}

fn configuration(options: &Options, folder: &Path, simulator: &whatsim::Server) -> anyhow::Result<Config> {
    let authority = folder.join("whatsim-ca.pem");
    std::fs::write(&authority, simulator.ca_pem())?;
    let command_line = vec![
        ("server.listen", options.listen.unwrap_or(LINEKEEPER).to_string()),
        ("server.data_dir", folder.display().to_string()),
        ("whatsapp.endpoint", simulator.ws_url()),
        ("whatsapp.ca_file", authority.display().to_string()),
        ("log.level", options.log.clone().unwrap_or_else(|| "warn".to_owned())),
    ];
    // The demo reads neither the environment nor a configuration file of the user. It must not touch a real
    // installation.
    Ok(Config::load(Sources { command_line, file: Some(empty_file(folder)?), environment: Vec::new() })?)
}

/// Creates an empty configuration file. Without it, the demo would read a `linekeeper.toml` in the working
/// directory, which may belong to a real installation.
fn empty_file(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("demo.toml");
    std::fs::write(&path, "")?;
    Ok(path)
}

/// Links the phones as a person would and prints the addresses. Then it scans a QR code each time the person
/// presses Enter.
async fn show(server: &Running, simulator: &whatsim::Server, folder: &Path) -> anyhow::Result<()> {
    let picture = folder.join("hello.png");
    std::fs::write(&picture, include_bytes!("hello.png"))?;
    let base = format!("http://{}", server.address);
    let link = server.setup_link.as_ref().context("a new installation offers a link")?;
    let (_, token) = link.expose().rsplit_once("token=").context("the link has a token")?;
    let password = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 12]>());

    let mut api = Api::new(base.clone())?;
    let key = api.set_up(token, EMAIL, &password).await?;
    let mut accounts = Vec::new();
    for (number, name) in PHONES {
        let phone = whatsim::NewPhone {
            number: Some(number.to_owned()),
            name: Some(name.to_owned()),
            ..Default::default()
        };
        simulator.phones().create(phone)?;
        let account = api.connect(name).await?;
        simulator.phones().scan(number, &api.qr_code(&account).await?).await?;
        accounts.push((account, number, name));
    }
    let mut out = std::io::stdout().lock();
    for (account, number, name) in &accounts {
        let status = api.wait_until_connected(account).await?;
        writeln!(out, "{status}  +{number}  {name}")?;
    }
    let Some((first, ..)) = accounts.first() else { return Ok(()) };
    let whatsim = simulator.http_url();
    let account = format!("{base}/api/v1/whatsapp/accounts/{first}");
    let (messages, media) = (format!("{account}/messages"), format!("{account}/media"));
    writeln!(
        out,
        "\n\
         dashboard   {base}   sign in as {EMAIL} with {password}\n\
         whatsim     {whatsim}\n\n\
         Link a fourth phone: choose \"Link an account\" in the dashboard, give it a name, and press \"Show the code\".\n\
         Then press Enter here: a simulated phone scans the code.\n\n\
         The same by the API:\n  \
           curl -H 'X-Api-Key: {key}' {base}/api/v1/whatsapp/accounts\n  \
           curl -H 'X-Api-Key: {key}' {base}/api/v1/whatsapp/health/{first}\n  \
           curl -H 'X-Api-Key: {key}' -H 'Content-Type: application/json' -d '{{\"to\":\"{peer}\",\"type\":\"text\",\"text\":{{\"body\":\"hello\"}}}}' {messages}\n  \
           FILE=$(curl -s -H 'X-Api-Key: {key}' -H 'Content-Type: image/png' --data-binary @{picture} {media} | sed 's/.*\"id\":\"\\([^\"]*\\).*/\\1/')\n  \
           curl -H 'X-Api-Key: {key}' -H 'Content-Type: application/json' -d '{{\"to\":\"{peer}\",\"type\":\"image\",\"image\":{{\"mediaId\":\"'$FILE'\",\"caption\":\"look\"}}}}' {messages}\n  \
           curl {whatsim}/admin/phones/{peer}/inbox\n  \
           curl -X POST -H 'Content-Type: application/json' -d '{{\"to\":\"{}\",\"text\":\"hello\"}}' {whatsim}/admin/phones/{}/messages\n\n\
         Everything is in a temporary folder. Ctrl-C ends it.",
        PHONES[0].0,
        PHONES[1].0,
        picture = picture.display(),
        peer = PHONES[1].0,
    )?;
    out.flush()?;
    drop(out);
    enter::scan(&api, simulator).await
}
