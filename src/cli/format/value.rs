//! Between JSON and what the template engine works with.

use gotmpl::Value;

pub(super) fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(n) => Value::Int(n),
            None => n.as_u64().map_or_else(|| Value::Float(n.as_f64().unwrap_or_default()), Value::Uint),
        },
        serde_json::Value::String(text) => Value::String(text.as_str().into()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(from_json).collect()),
        serde_json::Value::Object(map) => {
            let fields = map.iter().map(|(name, value)| (name.as_str().into(), from_json(value)));
            Value::Map(std::sync::Arc::new(fields.collect()))
        }
    }
}

pub(super) fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(b) => (*b).into(),
        Value::Int(n) => (*n).into(),
        Value::Uint(n) => (*n).into(),
        Value::Float(n) => (*n).into(),
        Value::String(text) => text.to_string().into(),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(map) => map.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect(),
        _ => serde_json::Value::Null,
    }
}

/// The same, fit for a line of a table: text that comes from a container or an image neither breaks the line nor talks
/// to the terminal.
pub(super) fn without_controls(json: &serde_json::Value) -> serde_json::Value {
    match json {
        serde_json::Value::String(text) => super::printable(text).into(),
        serde_json::Value::Array(items) => items.iter().map(without_controls).collect(),
        serde_json::Value::Object(map) => {
            map.iter().map(|(name, value)| (super::printable(name), without_controls(value))).collect()
        }
        other => other.clone(),
    }
}
