//! Checking a value against its kind: unknown fields, wrong types.

use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _, alphabet};
use serde_json::{Map, Value};

use super::{Schema, Struct, Type};

/// What does not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfits {
    /// `spec.foo` for every field the kind does not have; they are removed from the value.
    pub unknown: Vec<String>,
    /// The first value of a wrong type, in the words of Go's decoder.
    pub wrong_type: Option<String>,
}

/// Go does not mind bits that are left over in the last letter.
const GO_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// More unknown fields than this are dropped without being listed.
const MAX_LISTED: usize = 100;

/// Checks a whole object, removing what is unknown and normalizing numbers where strings are meant.
pub fn object(schema: &Schema, root: &Struct, kind: &str, value: &mut Value) -> Misfits {
    let mut walk = Walk { schema, out: Misfits::default() };
    if let Some(map) = value.as_object_mut() {
        walk.fields(root, kind, "", map);
    }
    walk.out
}

struct Walk<'a> {
    schema: &'a Schema,
    out: Misfits,
}

impl Walk<'_> {
    fn fields(&mut self, s: &Struct, struct_name: &str, path: &str, map: &mut Map<String, Value>) {
        let unknown: Vec<String> =
            map.keys().filter(|k| !s.fields.contains_key(k.as_str())).cloned().collect();
        for key in unknown {
            map.remove(&key);
            if self.out.unknown.len() < MAX_LISTED {
                self.out.unknown.push(join(path, &key));
            }
        }
        for (key, value) in map.iter_mut() {
            if let Some(field) = s.fields.get(key.as_str()) {
                self.value(&field.kind, struct_name, &join(path, key), value);
                if field.bytes {
                    self.base64(value);
                }
            }
        }
    }

    fn value(&mut self, kind: &Type, struct_name: &str, path: &str, value: &mut Value) {
        if value.is_null() {
            return;
        }
        match (kind, &mut *value) {
            (Type::Struct(name), Value::Object(map)) => {
                let short = name.rsplit('.').next().unwrap_or_default();
                if let Some(s) = self.schema.named(name) {
                    self.fields(s, short, path, map);
                }
            }
            (Type::List(item), Value::Array(items)) => {
                for (i, v) in items.iter_mut().enumerate() {
                    self.value(item, struct_name, &format!("{path}[{i}]"), v);
                }
            }
            (Type::Map(item), Value::Object(map)) => {
                // Go's decoder names the map, not the key.
                map.values_mut().for_each(|v| self.value(item, struct_name, path, v));
            }
            (Type::Quantity, Value::Number(n)) => *value = Value::String(n.to_string()),
            (kind, v) => {
                if !fits(kind, v) {
                    self.wrong(kind, struct_name, path, v);
                }
            }
        }
    }

    /// Bytes are base64 in JSON, in which Go overlooks line breaks.
    fn base64(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) => map.values_mut().for_each(|v| self.base64(v)),
            Value::String(text) => {
                text.retain(|c| c != '\n' && c != '\r');
                let place = match GO_BASE64.decode(&*text) {
                    Ok(_) => return,
                    Err(
                        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. },
                    ) => at,
                    Err(DecodeError::InvalidLength(_) | DecodeError::InvalidPadding) => text.len() / 4 * 4,
                };
                let why = format!("illegal base64 data at input byte {place}");
                self.out.wrong_type.get_or_insert(why);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }

    fn wrong(&mut self, kind: &Type, struct_name: &str, path: &str, value: &Value) {
        if self.out.wrong_type.is_some() {
            return;
        }
        let what = match value {
            Value::Number(n) if matches!(kind, Type::Int | Type::Long) => format!("number {n}"),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => crate::demo::api::body::go_type(value).to_owned(),
        };
        // Go names list positions nowhere: `spec.template.spec.containers.name`.
        let plain: String = path.split('[').map(|p| p.split_once(']').map_or(p, |(_, rest)| rest)).collect();
        let message = if matches!(kind, Type::Quantity) {
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                .to_owned()
        } else if let (Type::MicroTime, Some(text)) = (kind, value.as_str()) {
            format!(
                "parsing time \"{text}\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\""
            )
        } else if let (Type::Time, Some(text)) = (kind, value.as_str()) {
            format!(
                "parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\""
            )
        } else {
            format!(
                "json: cannot unmarshal {what} into Go struct field {struct_name}.{plain} of type {}",
                go_name(kind)
            )
        };
        self.out.wrong_type = Some(message);
    }
}

fn fits(kind: &Type, value: &Value) -> bool {
    match kind {
        Type::Any => true,
        Type::Text => value.is_string(),
        Type::Time => value.as_str().is_some_and(|s| s.parse::<jiff::Timestamp>().is_ok()),
        Type::MicroTime => value.as_str().is_some_and(is_micro_time),
        Type::Bool => value.is_boolean(),
        Type::Int => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Type::Long => value.is_i64() || value.as_u64().is_some_and(|n| i64::try_from(n).is_ok()),
        Type::Number => value.is_number(),
        Type::IntOrText => value.is_string() || value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Type::Quantity => value.as_str().is_some_and(crate::domain::is_amount),
        Type::List(_) | Type::Map(_) | Type::Struct(_) => false,
    }
}

fn is_micro_time(text: &str) -> bool {
    let fraction = text.split_once('.').map(|(_, rest)| rest).unwrap_or_default();
    let digits = fraction.chars().take_while(char::is_ascii_digit).count();
    digits == 6 && text.parse::<jiff::Timestamp>().is_ok()
}

fn go_name(kind: &Type) -> String {
    match kind {
        Type::Text => "string".into(),
        Type::Bool => "bool".into(),
        Type::Int => "int32".into(),
        Type::Long => "int64".into(),
        Type::Number => "float64".into(),
        Type::Quantity => "resource.Quantity".into(),
        Type::IntOrText => "intstr.IntOrString".into(),
        Type::Time => "v1.Time".into(),
        Type::MicroTime => "v1.MicroTime".into(),
        Type::Any => "interface {}".into(),
        Type::List(item) => format!("[]{}", go_name(item)),
        Type::Map(item) => format!("map[string]{}", go_name(item)),
        Type::Struct(name) => {
            let mut parts = name.rsplit('.');
            let (kind, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            format!("{version}.{kind}")
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
