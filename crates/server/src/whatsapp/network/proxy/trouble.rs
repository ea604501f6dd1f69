//! The errors of a proxy, described for operators. The descriptions never contain the proxy's password.

use std::fmt;
use std::io;

/// Why the proxy cannot be used to connect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyTrouble {
    /// The proxy's host name could not be resolved.
    #[error("the proxy's name cannot be resolved")]
    Unresolved,
    /// No TCP connection to the proxy could be opened.
    #[error("the proxy cannot be reached: {0}")]
    Unreachable(io::ErrorKind),
    /// TLS with an `https://` proxy failed, for example because the proxy's certificate is not valid.
    #[error("no secure connection to the proxy: {0}")]
    Tls(String),
    /// The proxy was reached, but did not answer in time. Either the proxy hangs, or it waits for its target.
    #[error("the proxy does not answer")]
    Silent,
    /// The proxy closed the connection before it had answered.
    #[error("the proxy broke the connection off: {0}")]
    Broken(io::ErrorKind),
    /// The program at this address is not a proxy of the configured kind.
    #[error("what answers at the proxy's address is not a proxy of that kind")]
    NotUnderstood,
    /// The proxy requires a user and password, but none are configured.
    #[error("the proxy asks for a user and password")]
    LoginRequired,
    /// The proxy does not accept the user and password.
    #[error("the proxy does not accept the user and password")]
    LoginRejected,
    /// The proxy does not allow or does not support a connection to WhatsApp.
    #[error("the proxy refuses to connect to WhatsApp: {0}")]
    Refused(Answer),
    /// The proxy has a temporary problem, for example too many requests.
    #[error("the proxy fails: {0}")]
    Failing(Answer),
    /// The proxy works, but it could not connect to WhatsApp.
    #[error("the proxy could not reach WhatsApp: {0}")]
    NoWayOn(Answer),
}

impl ProxyTrouble {
    /// The code that means that WhatsApp's server cannot be reached through the proxy.
    pub(in crate::whatsapp) const NO_WAY_ON: &'static str = "whatsapp_unreachable";

    /// The stable code of this error for other programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unresolved => "dns",
            Self::Unreachable(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Silent => "timeout",
            Self::Broken(_) => "disconnected",
            Self::NotUnderstood => "not_a_proxy",
            Self::LoginRequired => "login_required",
            Self::LoginRejected => "login_rejected",
            Self::Refused(_) => "refused",
            Self::Failing(_) => "proxy_error",
            Self::NoWayOn(_) => Self::NO_WAY_ON,
        }
    }

    /// Whether a person must act, because of the login or the proxy's rules. All other errors may go away by
    /// themselves.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::LoginRequired | Self::LoginRejected | Self::Refused(_))
    }

    /// Whether the proxy itself worked, and something behind it failed: the proxy's network, or WhatsApp.
    pub const fn lies_behind(&self) -> bool {
        matches!(self, Self::NoWayOn(_))
    }
}

/// The answer of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A reply code of RFC 1928, section 6.
    Socks(u8),
    /// The HTTP status of the answer to CONNECT.
    Http(u16),
}

impl Answer {
    /// The error for this answer. It depends on whether a login was sent.
    pub(super) const fn trouble(self, with_login: bool) -> ProxyTrouble {
        match self {
            // Tinyproxy answers a wrong password with 401. The standard requires 407.
            Self::Http(401 | 407) if with_login => ProxyTrouble::LoginRejected,
            Self::Http(401 | 407) => ProxyTrouble::LoginRequired,
            Self::Http(408 | 425 | 429) => ProxyTrouble::Failing(self),
            Self::Http(400..=499) => ProxyTrouble::Refused(self),
            // The standard uses 502 and 504 if the target does not answer. Tinyproxy answers with 500, and Squid
            // with 503.
            Self::Http(500..=599) => ProxyTrouble::NoWayOn(self),
            Self::Http(_) => ProxyTrouble::NotUnderstood,
            // The connection is forbidden by the proxy's rules, or the proxy does not support CONNECT or host
            // names.
            Self::Socks(2 | 7 | 8) => ProxyTrouble::Refused(self),
            // Code 1 is the general failure. Many proxies send it in place of the codes 3 to 6.
            Self::Socks(1 | 3..=6) => ProxyTrouble::NoWayOn(self),
            Self::Socks(_) => ProxyTrouble::NotUnderstood,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match self {
            Self::Http(status) => return write!(f, "it answered {status} to CONNECT"),
            Self::Socks(1) => "general failure",
            Self::Socks(2) => "not allowed by its rules",
            Self::Socks(3) => "network unreachable",
            Self::Socks(4) => "host unreachable",
            Self::Socks(5) => "connection refused",
            Self::Socks(6) => "time to live expired",
            Self::Socks(7) => "it cannot connect for others",
            Self::Socks(8) => "it cannot resolve names",
            Self::Socks(code) => return write!(f, "it answered {code}"),
        };
        f.write_str(meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxys_answer_decides_whether_a_person_must_act() {
        let trouble = |answer: Answer| answer.trouble(true);
        for answer in [Answer::Http(403), Answer::Http(405), Answer::Socks(2), Answer::Socks(8)] {
            assert_eq!(trouble(answer), ProxyTrouble::Refused(answer));
            assert!(trouble(answer).is_final());
        }
        for answer in
            [Answer::Http(500), Answer::Http(502), Answer::Http(503), Answer::Socks(1), Answer::Socks(5)]
        {
            assert_eq!(trouble(answer), ProxyTrouble::NoWayOn(answer));
            assert!(trouble(answer).lies_behind() && !trouble(answer).is_final());
        }
        assert_eq!(trouble(Answer::Http(429)), ProxyTrouble::Failing(Answer::Http(429)));
        assert_eq!(trouble(Answer::Http(302)), ProxyTrouble::NotUnderstood);
    }

    #[test]
    fn a_missing_proxy_login_is_distinguished_from_a_wrong_proxy_login() {
        assert_eq!(Answer::Http(407).trouble(false), ProxyTrouble::LoginRequired);
        assert_eq!(Answer::Http(407).trouble(true), ProxyTrouble::LoginRejected);
        assert!(ProxyTrouble::LoginRequired.is_final() && ProxyTrouble::LoginRejected.is_final());
    }
}
