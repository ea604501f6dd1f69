//! What can go wrong with a proxy, in an operator's words. Never with the proxy's password.

use std::fmt;
use std::io;

/// Why there is no way through the proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyTrouble {
    /// Its name has no address.
    #[error("the proxy's name cannot be resolved")]
    Unresolved,
    /// No TCP connection to it.
    #[error("the proxy cannot be reached: {0}")]
    Unreachable(io::ErrorKind),
    /// An `https://` proxy whose TLS or certificate is not right.
    #[error("no secure connection to the proxy: {0}")]
    Tls(String),
    /// It was reached and then said nothing for too long: it hangs, or what it connects to does.
    #[error("the proxy does not answer")]
    Silent,
    /// It hung up before it had answered.
    #[error("the proxy broke the connection off: {0}")]
    Broken(io::ErrorKind),
    /// What answers there is no proxy of this kind.
    #[error("what answers at the proxy's address is not a proxy of that kind")]
    NotUnderstood,
    /// It wants a user and password, and has none.
    #[error("the proxy asks for a user and password")]
    LoginRequired,
    /// It does not take the user and password.
    #[error("the proxy does not accept the user and password")]
    LoginRejected,
    /// Its rules, or what it is able to do, do not allow a connection to WhatsApp.
    #[error("the proxy refuses to connect to WhatsApp: {0}")]
    Refused(Answer),
    /// It has trouble of its own.
    #[error("the proxy fails: {0}")]
    Failing(Answer),
    /// The proxy works; its own connection to WhatsApp does not come about.
    #[error("the proxy could not reach WhatsApp: {0}")]
    NoWayOn(Answer),
}

impl ProxyTrouble {
    /// The code of a WhatsApp that is not reached from behind the proxy.
    pub(in crate::whatsapp) const NO_WAY_ON: &'static str = "whatsapp_unreachable";

    /// The text by which other programs know it.
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

    /// Whether only a person can end it: the login, or the proxy's rules. Everything else may pass by itself.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::LoginRequired | Self::LoginRejected | Self::Refused(_))
    }

    /// Whether the proxy itself did its part, and what failed lies behind it: its network, or WhatsApp.
    pub const fn lies_behind(&self) -> bool {
        matches!(self, Self::NoWayOn(_))
    }
}

/// What a proxy answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A reply code of RFC 1928, section 6.
    Socks(u8),
    /// The status of the answer to CONNECT.
    Http(u16),
}

impl Answer {
    /// The trouble that this answer tells of, for one who gave a login or did not.
    pub(super) const fn trouble(self, with_login: bool) -> ProxyTrouble {
        match self {
            // Tinyproxy says 401 to a wrong password, where the standard has 407.
            Self::Http(401 | 407) if with_login => ProxyTrouble::LoginRejected,
            Self::Http(401 | 407) => ProxyTrouble::LoginRequired,
            Self::Http(408 | 425 | 429) => ProxyTrouble::Failing(self),
            Self::Http(400..=499) => ProxyTrouble::Refused(self),
            // 502 and 504 by the standard; Tinyproxy says 500 and Squid 503 when nobody answers.
            Self::Http(500..=599) => ProxyTrouble::NoWayOn(self),
            Self::Http(_) => ProxyTrouble::NotUnderstood,
            // Not by ruleset, or not able to: CONNECT or names are not supported.
            Self::Socks(2 | 7 | 8) => ProxyTrouble::Refused(self),
            // 1 is the general failure, which many servers say for each of 3 to 6.
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
    fn an_answer_tells_who_must_act() {
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
    fn a_login_that_is_missing_is_not_one_that_is_wrong() {
        assert_eq!(Answer::Http(407).trouble(false), ProxyTrouble::LoginRequired);
        assert_eq!(Answer::Http(407).trouble(true), ProxyTrouble::LoginRejected);
        assert!(ProxyTrouble::LoginRequired.is_final() && ProxyTrouble::LoginRejected.is_final());
    }
}
