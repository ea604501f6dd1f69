//! Checks of the mail server's settings that need no connection.

use url::Url;

use super::address::{ENCODE, is_cut_short};
use super::{ConfigError, Smtp, is_loopback};

impl Smtp {
    /// Checks that a URL and a sender address are given together, and that no password is sent over an unencrypted connection.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let invalid = |setting: &str, reason: &str| {
            Err(ConfigError::Invalid { setting: setting.to_owned(), reason: reason.to_owned() })
        };
        let Some(url) = &self.url else {
            return match self.from {
                Some(_) => invalid("SMTP_FROM", "has no effect without SMTP_URL: give both, or neither"),
                None => Ok(()),
            };
        };
        if self.from.is_none() {
            return invalid("SMTP_FROM", "is required with SMTP_URL: the address that our mails are from");
        }
        let Some(url) = Url::parse(url.expose()).ok().filter(|url| url.has_host() && !is_cut_short(url))
        else {
            return invalid(
                "SMTP_URL",
                &format!("must be a URL such as smtps://user:password@host; {ENCODE}"),
            );
        };
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let encrypted = match (url.scheme(), tls.as_deref()) {
            ("smtps", _) | ("smtp", Some("required")) => true,
            ("smtp", None | Some("opportunistic")) => false,
            _ => return invalid("SMTP_URL", "must begin with smtps:// or smtp://, and `tls` be `required`"),
        };
        if !encrypted && url.password().is_some() && !is_this_machine(&url) {
            return invalid(
                "SMTP_URL",
                "would show the password to the network: use smtps:// or ?tls=required",
            );
        }
        Ok(())
    }
}

/// Whether the URL's host is this machine. This needs its own check, because the `url` crate parses an IPv4
/// address as a name if the scheme is not a web scheme.
fn is_this_machine(url: &Url) -> bool {
    let address = url.host_str().and_then(|host| host.parse::<std::net::IpAddr>().ok());
    is_loopback(url) || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use linekeeper_model::secret::Secret;

    use super::*;

    fn check(url: &str, from: Option<&str>) -> Result<(), String> {
        let smtp = Smtp { url: Some(Secret::new(url.to_owned())), from: from.map(str::to_owned) };
        smtp.check().map_err(|error| error.to_string())
    }

    #[test]
    fn an_smtp_password_requires_tls_or_a_loopback_host() {
        let from = Some("alerts@example.org");
        for url in [
            "smtps://u:p@mail.example.org",
            "smtp://u:p@mail.example.org?tls=required",
            "smtp://u:p@127.0.0.1:2525",
            "smtp://u:p@localhost:2525",
            "smtp://relay:25",
        ] {
            assert_eq!(check(url, from), Ok(()), "{url}");
        }
        for url in [
            "smtp://u:hunter2@mail.example.org",
            "smtp://u:hunter2@mail.example.org?tls=opportunistic",
            "smtp://u:hunter2@mail.example.org?tls=no",
            "https://u:hunter2@mail.example.org",
            "hunter2",
            "smtps://u:hunter2/x@mail.example.org",
            "smtps://u:25/hunter2@mail.example.org",
            "smtps://u:25#hunter2@mail.example.org",
            "smtps:u@mail.example.org",
        ] {
            let refused = check(url, from).unwrap_err();
            assert!(refused.starts_with("SMTP_URL: ") && !refused.contains("hunter2"), "{refused}");
        }
        assert!(check("smtps://u:p@mail.example.org", None).unwrap_err().starts_with("SMTP_FROM: "));
    }

    #[test]
    fn a_sender_address_without_a_mail_server_is_refused() {
        let alone = Smtp { url: None, from: Some("alerts@example.org".to_owned()) };
        assert!(alone.check().unwrap_err().to_string().starts_with("SMTP_FROM: "));
        assert_eq!(Smtp { url: None, from: None }.check().map_err(|error| error.to_string()), Ok(()));
    }
}
