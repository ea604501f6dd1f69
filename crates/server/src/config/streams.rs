//! Checks of the brokers' URLs that need no connection.

use url::Url;

use super::address::{ENCODE, is_cut_short};
use super::{ConfigError, Streams};

impl Streams {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let invalid =
            |setting: &str, reason: String| Err(ConfigError::Invalid { setting: setting.to_owned(), reason });
        let is_one = |address: &str, schemes: [&str; 2]| {
            Url::parse(address.trim())
                .is_ok_and(|url| url.has_host() && schemes.contains(&url.scheme()) && !is_cut_short(&url))
        };
        if let Some(servers) = &self.nats_url
            && !servers.expose().split(',').all(|server| is_one(server, ["nats", "tls"]))
        {
            return invalid("NATS_URL", format!("must be URLs such as nats://user:password@host; {ENCODE}"));
        }
        if let Some(address) = &self.amqp_url
            && !is_one(address.expose(), ["amqp", "amqps"])
        {
            return invalid(
                "AMQP_URL",
                format!("must be a URL such as amqps://user:password@host; {ENCODE}"),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use linekeeper_model::secret::Secret;

    use super::*;

    fn check(nats: Option<&str>, amqp: Option<&str>) -> Result<(), String> {
        let secret = |text: &str| Secret::new(text.to_owned());
        let streams = Streams { nats_url: nats.map(secret), amqp_url: amqp.map(secret) };
        streams.check().map_err(|error| error.to_string())
    }

    #[test]
    fn broker_addresses_are_validated_and_errors_do_not_repeat_them() {
        for nats in ["nats://localhost", "nats://a:b@one:4222, tls://token@two", "tls://10.0.0.1:4222"] {
            assert_eq!(check(Some(nats), None), Ok(()), "{nats}");
        }
        for amqp in ["amqp://localhost", "amqps://a:b@host:5671/%2f", "amqp://a:b%2F@host/crm"] {
            assert_eq!(check(None, Some(amqp)), Ok(()), "{amqp}");
        }
        for nats in ["hunter2", "http://a:hunter2@host", "nats://a:hunter2/x@host", "nats://a@host,hunter2"] {
            let refused = check(Some(nats), None).unwrap_err();
            assert!(refused.starts_with("NATS_URL: ") && !refused.contains("hunter2"), "{refused}");
        }
        for amqp in ["hunter2", "nats://a:hunter2@host", "amqp://a:25/hunter2@host"] {
            let refused = check(None, Some(amqp)).unwrap_err();
            assert!(refused.starts_with("AMQP_URL: ") && !refused.contains("hunter2"), "{refused}");
        }
    }
}
