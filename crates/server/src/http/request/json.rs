//! Parses a body into a JSON object, and records each name that an object contains twice, at every depth.
//! `serde_json` alone silently keeps the last of two values.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::fault::MOST;
use crate::http::answer::error::ApiError;

/// A JSON object as it was sent.
#[derive(Debug, Default)]
pub(in crate::http) struct Parsed {
    pub members: Map<String, Value>,
    /// The paths of duplicate names, such as `device.name`.
    pub repeated: Vec<String>,
}

/// Parses the object in `bytes`.
pub(in crate::http) fn object(bytes: &[u8]) -> Result<Parsed, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut repeated = Vec::new();
    let parsed = reader
        .deserialize_map(ObjectOnly(At { path: "", repeated: &mut repeated }))
        .and_then(|members| reader.end().map(|()| members));
    match parsed {
        Ok(members) => Ok(Parsed { members, repeated }),
        Err(error) => Err(ApiError::MalformedJson {
            // serde_json's own error text is not used, because it may repeat what was sent.
            detail: match error.classify() {
                serde_json::error::Category::Data => "The body must be a JSON object.".to_owned(),
                serde_json::error::Category::Eof => "The JSON ends early.".to_owned(),
                _ => format!("The body is not JSON (line {}, column {}).", error.line(), error.column()),
            },
        }),
    }
}

/// Reads one value at a known path.
struct At<'a> {
    path: &'a str,
    repeated: &'a mut Vec<String>,
}

impl At<'_> {
    fn object<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Map<String, Value>, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            let value = map.next_value_seed(At { path: &path, repeated: &mut *self.repeated })?;
            if members.insert(name, value).is_some() && self.repeated.len() < MOST {
                self.repeated.push(path);
            }
        }
        Ok(members)
    }
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, values.len());
            match list.next_element_seed(At { path: &path, repeated: &mut *self.repeated })? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        self.object(map).map(Value::Object)
    }
}

/// Accepts only an object.
struct ObjectOnly<'a>(At<'a>);

impl<'de> Visitor<'de> for ObjectOnly<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.0.object(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_malformed_json_say_where_the_error_is() {
        let detail = |text: &str| match object(text.as_bytes()) {
            Err(ApiError::MalformedJson { detail }) => detail,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(detail("[1]"), "The body must be a JSON object.");
        assert_eq!(detail("\"hunter2\""), "The body must be a JSON object.");
        assert_eq!(detail(""), "The JSON ends early.");
        assert_eq!(detail("{\"a\":1"), "The JSON ends early.");
        assert_eq!(detail("{a:1}"), "The body is not JSON (line 1, column 2).");
        assert_eq!(detail("{} {}"), "The body is not JSON (line 1, column 4).");
        assert_eq!(
            detail(&format!("{{\"a\":{}", "[".repeat(1_000))),
            "The body is not JSON (line 1, column 132)."
        );
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn duplicate_fields_are_found_at_every_depth() {
        let text = r#"{"a":1,"b":{"c":1,"c":2},"d":[{},{"e":{"f":1,"f":1,"f":1}}],"a":2}"#;
        let parsed = object(text.as_bytes()).unwrap();
        assert_eq!(parsed.repeated, ["b.c", "d[1].e.f", "d[1].e.f", "a"]);
    }

    #[test]
    fn the_json_reader_returns_the_same_values_as_serde_json() {
        let text = r#"{"a":[null,true,-1,1.5,18446744073709551615,"\u00e9",{"b":{}}]}"#;
        let whole: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(object(text.as_bytes()).unwrap().members), whole);
    }
}
