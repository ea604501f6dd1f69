//! Checks the claims of a token whose signature is valid. Times, issuer and audience are checked as in RFC 7519.
//! User, workspace and role are read from the configured claims.

use linekeeper_model::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::user::ExternalId;
use serde_json::{Map, Value};

use super::{Claim, ForeignTokenError};

/// The maximum difference in seconds between the issuer's clock and the server's clock.
const LEEWAY: f64 = 60.0;

/// The names of the claims for user, workspace and role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The claim that names the user.
    pub user: String,
    /// The claim that names the workspace, by its external id or its id.
    pub workspace: String,
    /// The claim that names the role: `owner`, `admin`, `agent` or `viewer`.
    pub role: String,
}

/// The user that a token was issued for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The issuer together with the issuer's id for the user, so that users of two issuers are never confused.
    pub id: ExternalId,
    /// The token's name for the workspace; `None` if the token names none.
    pub workspace: Option<String>,
    /// The user's role in the workspace.
    pub role: Role,
    /// When the token was issued. If the issuer's clock is ahead, this is the current time.
    pub issued_at: Timestamp,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// The rules for a valid token.
pub(super) struct Rules {
    pub issuer: String,
    pub audience: String,
    pub claims: ClaimNames,
}

impl Rules {
    pub fn read(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<Person, ForeignTokenError> {
        if !self.is_ours(claims) {
            return Err(ForeignTokenError::Invalid);
        }
        let seconds = now.as_second() as f64;
        let end = time(claims, "exp")?.ok_or(ForeignTokenError::Invalid)? + LEEWAY;
        if seconds >= end {
            return Err(ForeignTokenError::Expired);
        }
        if time(claims, "nbf")?.is_some_and(|begin| seconds + LEEWAY < begin) {
            return Err(ForeignTokenError::Invalid);
        }
        let unclear = |claim| move || ForeignTokenError::Unclear(claim);
        let issued = time(claims, "iat")?.ok_or_else(unclear(Claim::IssuedAt))?;
        if seconds + LEEWAY < issued {
            // A token whose issue time is more than a minute in the future is refused. Otherwise it would count as the
            // newest token, and until its issue time all correct tokens would count as older.
            return Err(ForeignTokenError::Invalid);
        }
        let user = name(claims.get(&self.claims.user)).ok_or_else(unclear(Claim::User))?;
        let id = format!("{}|{user}", self.issuer).parse().map_err(|_| unclear(Claim::User)())?;
        let workspace = match claims.get(&self.claims.workspace) {
            None => None,
            named => Some(name(named).ok_or_else(unclear(Claim::Workspace))?),
        };
        let role = claims.get(&self.claims.role).cloned().unwrap_or_default();
        let role = serde_json::from_value(role).map_err(|_| unclear(Claim::Role)())?;
        let issued_at = timestamp(issued.max(0.0)).min(now);
        Ok(Person { id, workspace, role, issued_at, expires_at: timestamp(end) })
    }

    /// Whether the token comes from the configured issuer and is meant for this server.
    fn is_ours(&self, claims: &Map<String, Value>) -> bool {
        let meant = |audience: &Value| *audience == *self.audience;
        let for_us = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().any(meant),
            Some(one) => meant(one),
            None => false,
        };
        for_us && claims.get("iss").is_some_and(|issuer| *issuer == *self.issuer)
    }
}

/// Reads a time claim in seconds since 1970, possibly with fractions. If the claim is present, it must be a
/// number.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, ForeignTokenError> {
    match claims.get(name) {
        None => Ok(None),
        Some(time) => time.as_f64().map(Some).ok_or(ForeignTokenError::Invalid),
    }
}

/// Converts seconds to a timestamp in whole milliseconds, as the database stores it.
fn timestamp(seconds: f64) -> Timestamp {
    Timestamp::from_millisecond((seconds * 1000.0) as i64).unwrap_or(Timestamp::MAX)
}

/// Reads a name that is a text or a whole number, because some issuers use numbers as user ids.
fn name(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(name) if !name.is_empty() => Some(name.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_800_000_000;

    fn read(change: impl FnOnce(&mut Value)) -> Result<Person, ForeignTokenError> {
        let names = ["sub", "workspace", "role"].map(str::to_owned);
        let [user, workspace, role] = names;
        let claims = ClaimNames { user, workspace, role };
        let rules = Rules { issuer: "https://crm".to_owned(), audience: "linekeeper".to_owned(), claims };
        let mut token = json!({
            "iss": "https://crm", "aud": "linekeeper", "iat": NOW, "exp": NOW + 60, "sub": "u1", "workspace": "w1", "role": "agent"
        });
        change(&mut token);
        rules.read(token.as_object().unwrap(), Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn a_valid_token_gives_user_workspace_and_role() {
        let person = read(|_| {}).unwrap();
        assert_eq!(person.id.as_str(), "https://crm|u1");
        assert_eq!((person.workspace.as_deref(), person.role), (Some("w1"), Role::Agent));
        assert_eq!(person.issued_at, Timestamp::from_second(NOW).unwrap());
        assert_eq!(person.expires_at, Timestamp::from_second(NOW + 120).unwrap());
        let ahead = read(|token| token["iat"] = json!(NOW + 60)).unwrap();
        assert_eq!(ahead.issued_at, person.issued_at, "it was not issued later than now");
        let before = read(|token| token["iat"] = json!(NOW as f64 - 0.25)).unwrap();
        assert_eq!(before.issued_at, Timestamp::from_millisecond(NOW * 1000 - 250).unwrap());
        let numbered = read(|token| token["sub"] = json!(42)).unwrap();
        assert_eq!(numbered.id.as_str(), "https://crm|42");
        let nowhere = read(|token| drop(token.as_object_mut().unwrap().remove("workspace")));
        assert_eq!(nowhere.unwrap().workspace, None);
        assert!(read(|token| token["aud"] = json!(["other", "linekeeper"])).is_ok());
    }

    #[test]
    fn token_times_allow_a_minute_of_clock_difference() {
        let at = |name: &str, time: Value| read(|token| token[name] = time).err();
        assert_eq!(at("exp", json!(NOW - 59)), None);
        assert_eq!(at("exp", json!(NOW - 60)), Some(ForeignTokenError::Expired));
        assert_eq!(at("exp", json!(NOW as f64 + 0.5)), None);
        assert_eq!(at("nbf", json!(NOW + 60)), None);
        assert_eq!(at("nbf", json!(NOW + 61)), Some(ForeignTokenError::Invalid));
        assert_eq!(at("iat", json!(NOW + 61)), Some(ForeignTokenError::Invalid));
        assert_eq!(at("iat", json!(-1)), None);
        for rubbish in [json!("never"), json!(null), json!([NOW + 60])] {
            assert_eq!(at("exp", rubbish.clone()), Some(ForeignTokenError::Invalid), "{rubbish}");
            assert_eq!(at("iat", rubbish.clone()), Some(ForeignTokenError::Invalid));
            assert_eq!(at("nbf", rubbish), Some(ForeignTokenError::Invalid));
        }
        let endless = read(|token| drop(token.as_object_mut().unwrap().remove("exp")));
        assert_eq!(endless.err(), Some(ForeignTokenError::Invalid));
    }

    #[test]
    fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
        for (name, value) in [
            ("iss", json!("https://other")),
            ("iss", json!(["https://crm"])),
            ("iss", json!(null)),
            ("aud", json!("other")),
            ("aud", json!([])),
            ("aud", json!(null)),
            ("aud", json!({ "linekeeper": true })),
        ] {
            let refused = read(|token| token[name] = value.clone()).err();
            assert_eq!(refused, Some(ForeignTokenError::Invalid), "{name} {value}");
        }
    }

    #[test]
    fn an_invalid_claim_is_named_in_the_error() {
        for (claim, name, values) in [
            (
                Claim::User,
                "sub",
                vec![json!(""), json!(null), json!(1.5), json!("a\nb"), json!("x".repeat(300))],
            ),
            (Claim::Workspace, "workspace", vec![json!(""), json!(null), json!(["w1"])]),
            (Claim::Role, "role", vec![json!("Owner"), json!("root"), json!(null), json!(["owner"])]),
        ] {
            for value in values {
                let refused = read(|token| token[name] = value.clone()).err();
                assert_eq!(refused, Some(ForeignTokenError::Unclear(claim)), "{name} {value}");
            }
        }
        for (claim, name) in [(Claim::Role, "role"), (Claim::IssuedAt, "iat")] {
            let without = read(|token| drop(token.as_object_mut().unwrap().remove(name))).err();
            assert_eq!(without, Some(ForeignTokenError::Unclear(claim)));
        }
    }
}
