//! The schemas of the model's enumerations in the OpenAPI document, taken from the model itself.

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::account::{Capping, DeviceIcon};
use linekeeper_model::audit;
use linekeeper_model::event::{EventType, LivePattern, TypePattern};
use linekeeper_model::health::{FindingCode, HealthStatus};
use linekeeper_model::message::ChatType;
use linekeeper_model::status::{Action, ConnectionStatus, Reason};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

use crate::http::answer::error::ApiError;

/// The codes of all refusals.
pub(in crate::http) fn code() -> Schema {
    let mut codes: Vec<&str> = ApiError::DECLARED.iter().map(|refusal| refusal.code).collect();
    // Several refusals may have the same code and different sentences. The list contains each code once.
    codes.dedup();
    one_of(&codes)
}

pub(in crate::http) fn connection_status() -> Schema {
    use ConnectionStatus::*;
    one_of(&[Disconnected, Connecting, Connected, Failed])
}

pub(in crate::http) fn health_status() -> Schema {
    use HealthStatus::*;
    one_of(&[Healthy, Warning, Critical])
}

pub(in crate::http) fn finding_code() -> Schema {
    one_of(&FindingCode::all().collect::<Vec<_>>())
}

pub(in crate::http) fn capping() -> Schema {
    use Capping::*;
    one_of(&[None, FirstWarning, SecondWarning, Capped])
}

pub(in crate::http) fn reason() -> Schema {
    one_of(Reason::ALL)
}

pub(in crate::http) fn action() -> Schema {
    let mut actions: Vec<Action> = Vec::new();
    let asked_for = Reason::ALL.iter().map(|reason| reason.action());
    for action in asked_for.chain(FindingCode::all().map(FindingCode::action)) {
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    one_of(&actions)
}

pub(in crate::http) fn device_icon() -> Schema {
    use DeviceIcon::*;
    one_of(&[Chrome, Firefox, Safari, Edge, Desktop])
}

pub(in crate::http) fn event_type() -> Schema {
    one_of(&EventType::ALL.iter().map(|known| known.code()).collect::<Vec<_>>())
}

pub(in crate::http) fn type_patterns() -> Schema {
    list_of(&TypePattern::all().collect::<Vec<_>>())
}

/// The patterns that live connections accept, which include transient types.
pub(in crate::http) fn live_type_patterns() -> Schema {
    list_of(&LivePattern::all().collect::<Vec<_>>())
}

pub(in crate::http) fn chat_types() -> Schema {
    list_of(&ChatType::ALL)
}

pub(in crate::http) fn role() -> Schema {
    one_of(&[Role::Owner, Role::Admin, Role::Agent, Role::Viewer])
}

pub(in crate::http) fn permission() -> Schema {
    one_of(&Permission::ALL)
}

pub(in crate::http) fn permissions() -> Schema {
    Schema::Array(ArrayBuilder::new().items(RefOr::T(permission())).build())
}

pub(in crate::http) fn audit_action() -> Schema {
    one_of(&audit::Action::ALL.iter().map(|known| known.code()).collect::<Vec<_>>())
}

pub(in crate::http) fn audit_actor() -> Schema {
    one_of(&audit::Actor::KINDS)
}

pub(in crate::http) fn audit_target() -> Schema {
    one_of(&audit::TargetKind::ALL.iter().map(|known| known.code()).collect::<Vec<_>>())
}

fn list_of<T: Serialize>(values: &[T]) -> Schema {
    Schema::Array(ArrayBuilder::new().items(RefOr::T(one_of(values))).build())
}

fn one_of<T: Serialize>(values: &[T]) -> Schema {
    let names: Vec<String> = values.iter().map(name).collect();
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    Schema::Object(text.enum_values(Some(names)).build())
}

fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        other => unreachable!("the model's lists serialize as strings, not as {other:?}"),
    }
}
