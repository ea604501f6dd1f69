//! How the model's closed lists look in the OpenAPI document, taken from the model itself.

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::account::{Capping, DeviceIcon};
use linekeeper_model::audit;
use linekeeper_model::event::EventType;
use linekeeper_model::health::{FindingCode, HealthStatus};
use linekeeper_model::status::{Action, ConnectionStatus, Reason};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

use super::error::ApiError;
use super::examples;

/// The name under which JSON knows a permission.
pub(super) fn permission_name(permission: Permission) -> String {
    name(&permission)
}

/// The name under which JSON knows a role.
pub(super) fn role_name(role: Role) -> String {
    name(&role)
}

/// The codes of all refusals.
pub(super) fn code() -> Schema {
    let codes: Vec<&str> = examples::refusals().iter().map(ApiError::code).collect();
    one_of(&codes)
}

pub(super) fn connection_status() -> Schema {
    use ConnectionStatus::*;
    one_of(&[Disconnected, Connecting, Connected, Failed])
}

pub(super) fn health_status() -> Schema {
    use HealthStatus::*;
    one_of(&[Healthy, Warning, Critical])
}

pub(super) fn finding_code() -> Schema {
    one_of(&FindingCode::all().collect::<Vec<_>>())
}

pub(super) fn capping() -> Schema {
    use Capping::*;
    one_of(&[None, FirstWarning, SecondWarning, Capped])
}

pub(super) fn reason() -> Schema {
    one_of(Reason::ALL)
}

pub(super) fn action() -> Schema {
    let mut actions: Vec<Action> = Vec::new();
    let asked_for = Reason::ALL.iter().map(|reason| reason.action());
    for action in asked_for.chain(FindingCode::all().map(FindingCode::action)) {
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    one_of(&actions)
}

pub(super) fn device_icon() -> Schema {
    use DeviceIcon::*;
    one_of(&[Chrome, Firefox, Safari, Edge, Desktop])
}

pub(super) fn event_type() -> Schema {
    one_of(&EventType::ALL.iter().map(|known| known.code()).collect::<Vec<_>>())
}

pub(super) fn event_types() -> Schema {
    Schema::Array(ArrayBuilder::new().items(RefOr::T(event_type())).build())
}

pub(super) fn role() -> Schema {
    one_of(&[Role::Owner, Role::Admin, Role::Agent, Role::Viewer])
}

pub(super) fn permissions() -> Schema {
    Schema::Array(ArrayBuilder::new().items(RefOr::T(one_of(&Permission::ALL))).build())
}

pub(super) fn audit_action() -> Schema {
    one_of(&audit::Action::ALL.iter().map(|known| known.code()).collect::<Vec<_>>())
}

pub(super) fn audit_actor() -> Schema {
    one_of(&audit::Actor::KINDS)
}

pub(super) fn audit_target() -> Schema {
    one_of(&audit::TargetKind::ALL.iter().map(|known| known.code()).collect::<Vec<_>>())
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
