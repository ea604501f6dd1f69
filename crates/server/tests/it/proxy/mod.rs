//! An account's proxy: all traffic goes through the proxy. While the proxy is down, there is no traffic.

pub mod certificate;
mod servers;
mod target;

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use linekeeper::whatsapp::{self, Answer, Connector, ProxyTrouble, Route, WebSockets};
use linekeeper_model::proxy::{ProxyKind, ProxyUrl};
use linekeeper_storage::Storage;
use linekeeper_storage::testing::{Databases, TestDatabase};
use rustls::ClientConfig;
use url::Url;

use self::certificate::Certificate;
use self::servers::{Proxy, USER};
use self::target::{PAGE, Target, nobody};
use crate::time::MovableClock;

const KINDS: [ProxyKind; 3] = [ProxyKind::Socks5, ProxyKind::Http, ProxyKind::Https];

const ECHO_WITHIN: Duration = Duration::from_secs(10);

/// What accounts need for a connection to the WhatsApp server at one URL.
struct Accounts {
    connector: Connector,
    _database: TestDatabase,
}

impl Accounts {
    async fn at(endpoint: &Url, tls: &Arc<ClientConfig>) -> Self {
        let database = Databases::sqlite();
        let clock = Arc::new(MovableClock::default());
        let storage = Storage::open(database.options("test"), clock.clone()).await.unwrap();
        let connector = Connector::new(Some(endpoint.clone()), tls.clone(), storage, clock).unwrap();
        Self { connector, _database: database }
    }

    fn route(&self, proxy: &ProxyUrl) -> Arc<Route> {
        self.connector.route(Some(proxy)).unwrap()
    }
}

/// The sockets of one account with this route.
fn transports(route: &Arc<Route>) -> WebSockets {
    WebSockets::new(route.clone())
}

/// Checks that a message is echoed over a new connection.
async fn echo(sockets: &WebSockets) {
    let (transport, events) = sockets.dial().await.unwrap();
    transport.send(Bytes::from_static(b"hello")).await.unwrap();
    // The type of the events belongs to the WhatsApp library, and only the server crate may depend on it. So the
    // test compares the debug text.
    let answered =
        async { while format!("{:?}", events.recv().await.unwrap()) != r#"DataReceived(b"hello")"# {} };
    tokio::time::timeout(ECHO_WITHIN, answered).await.expect("an echo");
    transport.disconnect().await;
    assert_eq!(sockets.take_trouble(), None);
}

/// Makes a connection attempt, which must fail, and returns its proxy error.
async fn trouble(sockets: &WebSockets) -> Option<ProxyTrouble> {
    assert!(sockets.dial().await.is_err());
    sockets.take_trouble()
}

#[tokio::test]
async fn with_a_proxy_all_traffic_goes_through_it() {
    let certificate = Certificate::new();
    for kind in KINDS {
        let proxy = Proxy::start(kind, &certificate.acceptor).await;
        let page = Target::page(certificate.acceptor.clone()).await;
        for tls in [None, Some(certificate.acceptor.clone())] {
            let whatsapp = Target::echo(tls).await;
            let accounts = Accounts::at(&whatsapp.url, &certificate.trusting).await;
            let route = accounts.route(&proxy.url());
            echo(&transports(&route)).await;
            assert_eq!(whatsapp.callers(), [proxy.exit], "{kind:?}");
            assert_eq!(route.fetch(page.url.clone()).await.unwrap(), PAGE);
        }
        assert_eq!(page.callers(), [proxy.exit; 2], "{kind:?}");
    }
}

#[tokio::test]
async fn without_a_proxy_the_server_connects_directly() {
    let certificate = Certificate::new();
    let whatsapp = Target::echo(None).await;
    let page = Target::page(certificate.acceptor.clone()).await;
    let accounts = Accounts::at(&whatsapp.url, &certificate.trusting).await;
    let route = accounts.connector.route(None).unwrap();
    echo(&transports(&route)).await;
    assert_eq!(route.fetch(page.url.clone()).await.unwrap(), PAGE);
    let direct = whatsapp.url.host_str().unwrap().parse().unwrap();
    assert_eq!((whatsapp.callers(), page.callers()), (vec![direct], vec![direct]));
}

#[tokio::test]
async fn with_a_wrong_or_missing_proxy_login_nothing_reaches_the_target() {
    let certificate = Certificate::new();
    for kind in KINDS {
        let proxy = Proxy::start(kind, &certificate.acceptor).await;
        let whatsapp = Target::echo(None).await;
        let page = Target::page(certificate.acceptor.clone()).await;
        let accounts = Accounts::at(&whatsapp.url, &certificate.trusting).await;
        let wrong = format!("{USER}:wrong@");
        for (login, expected) in
            [(wrong.as_str(), ProxyTrouble::LoginRejected), ("", ProxyTrouble::LoginRequired)]
        {
            let route = accounts.route(&proxy.url_with(login));
            assert_eq!(trouble(&transports(&route)).await, Some(expected), "{kind:?}");
            assert!(route.fetch(page.url.clone()).await.is_err());
        }
        assert!(whatsapp.callers().is_empty() && page.callers().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn while_the_proxy_is_down_nothing_reaches_the_target() {
    let certificate = Certificate::new();
    for kind in KINDS {
        let mut proxy = Proxy::start(kind, &certificate.acceptor).await;
        let whatsapp = Target::echo(None).await;
        let page = Target::page(certificate.acceptor.clone()).await;
        let accounts = Accounts::at(&whatsapp.url, &certificate.trusting).await;
        let route = accounts.route(&proxy.url());
        let sockets = transports(&route);
        echo(&sockets).await;
        proxy.stop().await;
        for _ in 0..3 {
            let expected = Some(ProxyTrouble::Unreachable(ErrorKind::ConnectionRefused));
            assert_eq!(trouble(&sockets).await, expected, "{kind:?}");
            assert!(route.fetch(page.url.clone()).await.is_err());
        }
        assert_eq!((whatsapp.callers(), page.callers()), (vec![proxy.exit], vec![]), "{kind:?}");
        assert_eq!(sockets.take_trouble(), None, "it is told once");
    }
}

#[tokio::test]
async fn an_unreachable_target_is_reported_as_a_failure_behind_a_working_proxy() {
    let certificate = Certificate::new();
    for kind in KINDS {
        let proxy = Proxy::start(kind, &certificate.acceptor).await;
        let accounts = Accounts::at(&nobody("ws").await, &certificate.trusting).await;
        let route = accounts.route(&proxy.url());
        let told = trouble(&transports(&route)).await.expect("the proxy answers");
        assert!(told.lies_behind() && !told.is_final(), "{kind:?}: {told}");
        assert!(route.fetch(nobody("https").await).await.is_err());
    }
}

#[tokio::test]
async fn an_untrusted_certificate_of_the_target_is_not_reported_as_a_proxy_error() {
    let certificate = Certificate::new();
    let proxy = Proxy::start(ProxyKind::Socks5, &certificate.acceptor).await;
    // The client trusts `certificate`, but not the certificate of the target.
    let whatsapp = Target::echo(Some(Certificate::new().acceptor)).await;
    let accounts = Accounts::at(&whatsapp.url, &certificate.trusting).await;
    assert_eq!(trouble(&transports(&accounts.route(&proxy.url()))).await, None);
    assert_eq!(whatsapp.callers(), [proxy.exit]);
}

#[tokio::test]
async fn the_error_is_final_if_the_proxy_forbids_the_target() {
    let certificate = Certificate::new();
    let proxy = Proxy::http("ConnectPort 443").await;
    let whatsapp = Target::echo(None).await;
    let accounts = Accounts::at(&whatsapp.url, &certificate.trusting).await;
    let told = trouble(&transports(&accounts.route(&proxy.url()))).await;
    assert_eq!(told, Some(ProxyTrouble::Refused(Answer::Http(403))));
    assert!(told.unwrap().is_final());
    assert!(whatsapp.callers().is_empty());
}

#[tokio::test]
async fn a_proxy_with_an_untrusted_certificate_does_not_get_the_password() {
    let certificate = Certificate::new();
    let proxy = Proxy::start(ProxyKind::Https, &Certificate::new().acceptor).await;
    let whatsapp = Target::echo(None).await;
    let page = Target::page(certificate.acceptor.clone()).await;
    let accounts = Accounts::at(&whatsapp.url, &certificate.trusting).await;
    let route = accounts.route(&proxy.url());
    let told = trouble(&transports(&route)).await;
    assert!(matches!(told, Some(ProxyTrouble::Tls(_))), "{told:?}");
    assert!(route.fetch(page.url.clone()).await.is_err());
    assert!(whatsapp.callers().is_empty() && page.callers().is_empty());
}

#[tokio::test]
async fn accounts_with_the_same_proxy_and_login_share_a_route() {
    whatsapp::install_crypto_provider();
    let accounts = Accounts::at(&nobody("ws").await, &whatsapp::client_config()).await;
    let proxy = |login: &str| format!("socks5://{login}@127.0.0.1:1080").parse::<ProxyUrl>().unwrap();
    let one = accounts.route(&proxy("ana:one"));
    assert!(Arc::ptr_eq(&one, &accounts.route(&proxy("ana:one"))));
    assert!(!Arc::ptr_eq(&one, &accounts.route(&proxy("ana:two"))));
    let gone = Arc::downgrade(&one);
    let sockets = transports(&one);
    drop(one);
    assert!(gone.upgrade().is_some(), "a line holds its route");
    drop(sockets);
    assert!(gone.upgrade().is_none(), "nobody else does");
}

#[tokio::test]
async fn a_proxy_error_is_reported_only_to_the_account_whose_connection_failed() {
    let certificate = Certificate::new();
    let proxy = Proxy::start(ProxyKind::Socks5, &certificate.acceptor).await;
    let accounts = Accounts::at(&nobody("ws").await, &certificate.trusting).await;
    let route = accounts.route(&proxy.url());
    let [one, other] = [transports(&route), transports(&route)];
    assert!(one.dial().await.is_err());
    assert_eq!(other.take_trouble(), None);
    assert!(one.take_trouble().is_some());
}
