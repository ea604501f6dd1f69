//! Connects through a SOCKS proxy of version 5 (RFC 1928), with user and password (RFC 1929).

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_socks::Error;
use tokio_socks::tcp::Socks5Stream;

use super::{Answer, ProxyTrouble, Target};

/// Asks the proxy at the other end of `socket` for a connection to `target`.
pub(super) async fn connect<S>(
    socket: S,
    target: Target<'_>,
    login: Option<(&str, &str)>,
) -> Result<S, ProxyTrouble>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let to = (target.host, target.port);
    let connected = match login {
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(socket, to, user, password).await
        }
        None => Socks5Stream::connect_with_socket(socket, to).await,
    };
    connected.map(Socks5Stream::into_inner).map_err(|error| trouble(&error, login.is_some()))
}

fn trouble(error: &Error, with_login: bool) -> ProxyTrouble {
    let answer = match error {
        Error::GeneralSocksServerFailure => 1,
        Error::ConnectionNotAllowedByRuleset => 2,
        Error::NetworkUnreachable => 3,
        Error::HostUnreachable => 4,
        Error::ConnectionRefused => 5,
        Error::TtlExpired => 6,
        Error::CommandNotSupported => 7,
        Error::AddressTypeNotSupported => 8,
        Error::Io(error) => return ProxyTrouble::Broken(error.kind()),
        Error::NoAcceptableAuthMethods | Error::AuthorizationRequired if !with_login => {
            return ProxyTrouble::LoginRequired;
        }
        Error::NoAcceptableAuthMethods | Error::PasswordAuthFailure(_) | Error::InvalidAuthValues(_) => {
            return ProxyTrouble::LoginRejected;
        }
        _ => return ProxyTrouble::NotUnderstood,
    };
    Answer::Socks(answer).trouble(with_login)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    type Login = Option<(&'static str, &'static str)>;

    const TARGET: Target<'_> = Target { host: "web.whatsapp.com", port: 443 };
    const LOGIN: Login = Some(("user", "password"));
    const NO_LOGIN: &[u8] = &[5, 0];
    const PASSWORD: &[u8] = &[5, 2];
    const WELCOME: &[u8] = &[1, 0];

    /// Runs a proxy that sends `answers`, whatever it receives. Returns the error, if there is one, and what the
    /// proxy received.
    async fn with(answers: &[&[u8]], login: Login) -> (Option<ProxyTrouble>, Vec<u8>) {
        let (ours, mut proxys) = tokio::io::duplex(1024);
        proxys.write_all(&answers.concat()).await.unwrap();
        proxys.shutdown().await.unwrap();
        let connected = connect(ours, TARGET, login).await.map(drop);
        let mut told = Vec::new();
        proxys.read_to_end(&mut told).await.unwrap();
        (connected.err(), told)
    }

    const fn reply(code: u8) -> [u8; 10] {
        [5, code, 0, 1, 0, 0, 0, 0, 0, 0]
    }

    #[tokio::test]
    async fn the_proxy_gets_the_host_name() {
        let (trouble, told) = with(&[PASSWORD, WELCOME, &reply(0)], LOGIN).await;
        assert_eq!(trouble, None);
        let hello: &[u8] = &[5, 2, 0, 2];
        let login: &[u8] = b"\x01\x04user\x08password";
        let request: &[u8] = b"\x05\x01\x00\x03\x10web.whatsapp.com\x01\xbb";
        assert_eq!(told, [hello, login, request].concat());
    }

    #[tokio::test]
    async fn each_answer_of_a_socks_proxy_is_mapped_to_the_right_error() {
        let cases: [(&[&[u8]], Login, ProxyTrouble); 9] = [
            (&[PASSWORD, &[1, 1]], LOGIN, ProxyTrouble::LoginRejected),
            (&[&[5, 0xff]], LOGIN, ProxyTrouble::LoginRejected),
            (&[&[5, 0xff]], None, ProxyTrouble::LoginRequired),
            (&[PASSWORD], None, ProxyTrouble::LoginRequired),
            (&[NO_LOGIN, &reply(2)], None, ProxyTrouble::Refused(Answer::Socks(2))),
            (&[NO_LOGIN, &reply(5)], None, ProxyTrouble::NoWayOn(Answer::Socks(5))),
            (&[NO_LOGIN, &reply(99)], None, ProxyTrouble::NotUnderstood),
            (&[b"HTTP/1.1 400 Bad Request\r\n\r\n"], None, ProxyTrouble::NotUnderstood),
            (&[&[5]], None, ProxyTrouble::Broken(ErrorKind::UnexpectedEof)),
        ];
        for (answers, login, expected) in cases {
            assert_eq!(with(answers, login).await.0, Some(expected));
        }
    }
}
