//! What is wrong with one field.

use serde::Serialize;
use serde_json::Value;

use super::quote;

/// One entry of `details.causes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Machine-readable cause, such as `FieldValueInvalid`.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'static str,
    /// The sentence without the field in front.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Path of the field, such as `spec.replicas`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

impl Cause {
    fn new(reason: &'static str, field: impl Into<String>, message: String) -> Self {
        Self { reason, message, field: field.into() }
    }

    /// A field that must be there; `detail` may be empty.
    pub fn required(field: impl Into<String>, detail: &str) -> Self {
        let sep = if detail.is_empty() { "" } else { ": " };
        Self::new("FieldValueRequired", field, format!("Required value{sep}{detail}"))
    }

    /// A value that is not allowed.
    pub fn invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        let sep = if detail.is_empty() { "" } else { ": " };
        Self::new("FieldValueInvalid", field, format!("Invalid value: {}{sep}{detail}", go_value(value)))
    }

    /// A field that must not be set or changed.
    pub fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        let sep = if detail.is_empty() { "" } else { ": " };
        Self::new("FieldValueForbidden", field, format!("Forbidden{sep}{detail}"))
    }

    /// A list of values outside a fixed set.
    pub fn none_supported(field: impl Into<String>, values: &[&str], supported: &[&str]) -> Self {
        let all: Vec<String> = supported.iter().map(|s| quote(s)).collect();
        let given: Vec<String> = values.iter().map(|s| quote(s)).collect();
        let message =
            format!("Unsupported value: [{}]: supported values: {}", given.join(","), all.join(", "));
        Self::new("FieldValueNotSupported", field, message)
    }

    /// A value outside a fixed set.
    pub fn not_supported(field: impl Into<String>, value: &str, supported: &[&str]) -> Self {
        let all: Vec<String> = supported.iter().map(|s| quote(s)).collect();
        let message = format!("Unsupported value: {}: supported values: {}", quote(value), all.join(", "));
        Self::new("FieldValueNotSupported", field, message)
    }

    /// A value that came before.
    pub fn duplicate(field: impl Into<String>, value: &Value) -> Self {
        Self::new("FieldValueDuplicate", field, format!("Duplicate value: {}", go_value(value)))
    }

    /// A text above its limit in bytes.
    pub fn too_long(field: impl Into<String>, limit: usize) -> Self {
        Self::new("FieldValueTooLong", field, format!("Too long: may not be more than {limit} bytes"))
    }
}

/// A value the way Go's field errors print it.
fn go_value(value: &Value) -> String {
    match value {
        Value::String(s) => quote(s),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}
