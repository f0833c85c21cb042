//! Reading Kubernetes' protobuf: what kubectl sends for kinds it knows.
//!
//! The numbers of fields come with the schema; answers are JSON, which every
//! client that sends protobuf takes. A value that is zero is as good as absent
//! unless Go keeps a pointer to it, as in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Field, Schema, Struct, Type};
use wire::{Content, Reader};

mod wire;

/// What stands in front of a message.
const MAGIC: &[u8] = b"k8s\0";
/// Messages nested deeper than this are refused.
const MAX_DEPTH: usize = 64;

/// A message taken out of its envelope.
#[derive(Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// `v1`, may be empty.
    pub api_version: &'a str,
    /// `ConfigMap`, may be empty.
    pub kind: &'a str,
    raw: &'a [u8],
}

/// Opens the envelope.
///
/// # Errors
/// What a real server says of other bytes.
pub fn open(bytes: &[u8]) -> Result<Envelope<'_>, String> {
    if bytes.is_empty() {
        return Err("empty data".to_owned());
    }
    let Some(body) = bytes.strip_prefix(MAGIC) else {
        let prefix = "[107 56 115 0]";
        return Err(format!(
            "provided data does not appear to be a protobuf message, expected prefix {prefix}"
        ));
    };
    if body.is_empty() {
        return Err("empty body".to_owned());
    }
    let mut out = Envelope { api_version: "", kind: "", raw: &[] };
    for field in Reader::new(body) {
        match field? {
            (1, Content::Bytes(meta)) => {
                for field in Reader::new(meta) {
                    match field? {
                        (1, Content::Bytes(text)) => out.api_version = utf8(text)?,
                        (2, Content::Bytes(text)) => out.kind = utf8(text)?,
                        _ => {}
                    }
                }
            }
            (2, Content::Bytes(raw)) => out.raw = raw,
            _ => {}
        }
    }
    Ok(out)
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_invalid| "string field contains invalid UTF-8".to_owned())
}

impl Envelope<'_> {
    /// The message as JSON, read as the struct.
    ///
    /// # Errors
    /// Where the bytes are not such a message.
    pub fn object(&self, schema: &Schema, root: &Struct) -> Result<Value, String> {
        let mut map = Map::new();
        message(schema, root, &[], self.raw, 0, &mut map)?;
        for (key, text) in [("apiVersion", self.api_version), ("kind", self.kind)] {
            if !text.is_empty() {
                map.insert(key.to_owned(), text.into());
            }
        }
        Ok(Value::Object(map))
    }
}

/// Reads a message into a map. What is inline in JSON is a message of its own here: `prefix` is
/// the way to it.
fn message(
    schema: &Schema,
    of: &Struct,
    prefix: &[u32],
    bytes: &[u8],
    depth: usize,
    out: &mut Map<String, Value>,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("message nested too deeply".to_owned());
    }
    for field in Reader::new(bytes) {
        let (number, content) = field?;
        let path: Vec<u32> = prefix.iter().copied().chain([number]).collect();
        if let Some((name, field)) = of.fields.iter().find(|(_, f)| *f.number == *path) {
            put(schema, name, field, &content, depth, out)?;
        } else if of.fields.values().any(|f| f.number.len() > path.len() && f.number.starts_with(&path)) {
            let Content::Bytes(inner) = content else { return Err(wrong("inline")) };
            message(schema, of, &path, inner, depth + 1, out)?;
        }
    }
    Ok(())
}

fn wrong(name: &str) -> String {
    format!("proto: wrong wireType for field {name}")
}

fn put(
    schema: &Schema,
    name: &str,
    field: &Field,
    content: &Content<'_>,
    depth: usize,
    out: &mut Map<String, Value>,
) -> Result<(), String> {
    let read =
        |kind: &Type, content: &Content<'_>| value(schema, name, kind, field.bytes, content, depth + 1);
    match &field.kind {
        Type::List(item) => {
            let list = out.entry(name).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(read(item, content)?);
            }
        }
        Type::Map(item) => {
            let Content::Bytes(entry) = content else { return Err(wrong(name)) };
            let (mut key, mut inner) = ("", None);
            for field in Reader::new(entry) {
                match field? {
                    (1, Content::Bytes(text)) => key = utf8(text)?,
                    (2, content) => inner = Some(read(item, &content)?),
                    _ => {}
                }
            }
            let map = out.entry(name).or_insert_with(|| json!({}));
            if let Some(map) = map.as_object_mut() {
                map.insert(key.to_owned(), inner.unwrap_or_else(|| "".into()));
            }
        }
        Type::Text
        | Type::Bool
        | Type::Int
        | Type::Long
        | Type::Number
        | Type::Quantity
        | Type::IntOrText
        | Type::Time
        | Type::MicroTime
        | Type::Any
        | Type::Struct(_) => {
            let read = read(&field.kind, content)?;
            let zero = read.is_null() || read == "" || read == 0 || read == false;
            if field.pointer || !zero {
                out.insert(name.to_owned(), read);
            }
        }
    }
    Ok(())
}

fn value(
    schema: &Schema,
    name: &str,
    kind: &Type,
    base64: bool,
    content: &Content<'_>,
    depth: usize,
) -> Result<Value, String> {
    let bytes = || if let Content::Bytes(bytes) = content { Ok(*bytes) } else { Err(wrong(name)) };
    let number = || if let Content::Number(n) = content { Ok(*n) } else { Err(wrong(name)) };
    match kind {
        Type::Text if base64 => Ok(STANDARD.encode(bytes()?).into()),
        Type::Text => Ok(utf8(bytes()?)?.into()),
        Type::Bool => Ok((number()? != 0).into()),
        Type::Int | Type::Long => Ok(number()?.cast_signed().into()),
        Type::Number => match content {
            Content::Fixed(bits) => Ok(f64::from_bits(*bits).into()),
            Content::Number(_) | Content::Bytes(_) => Err(wrong(name)),
        },
        Type::Quantity => Ok(utf8(inner_bytes(bytes()?)?)?.into()),
        Type::Time | Type::MicroTime => time(kind, bytes()?),
        Type::IntOrText => int_or_text(bytes()?),
        Type::Any => {
            let raw = inner_bytes(bytes()?)?;
            if raw.is_empty() {
                return Ok(Value::Null);
            }
            serde_json::from_slice(raw).map_err(|e| format!("{name}: {e}"))
        }
        Type::Struct(_) => {
            let mut map = Map::new();
            if let Some(of) = schema.behind(kind) {
                message(schema, of, &[], bytes()?, depth, &mut map)?;
            }
            Ok(map.into())
        }
        // A list as the value of a map is a message with the items in its first field.
        Type::List(item) => {
            let mut list = Vec::new();
            for field in Reader::new(bytes()?) {
                if let (1, content) = field? {
                    list.push(value(schema, name, item, base64, &content, depth)?);
                }
            }
            Ok(list.into())
        }
        // No struct has a map of maps.
        Type::Map(_) => Err(wrong(name)),
    }
}

/// The first field of a message that wraps a text or bytes.
fn inner_bytes(bytes: &[u8]) -> Result<&[u8], String> {
    let mut out: &[u8] = &[];
    for field in Reader::new(bytes) {
        if let (1, Content::Bytes(inner)) = field? {
            out = inner;
        }
    }
    Ok(out)
}

/// Seconds and nanoseconds; the zero of Go's time is no time.
fn time(kind: &Type, bytes: &[u8]) -> Result<Value, String> {
    let (mut seconds, mut nanos) = (0_i64, 0_i32);
    for field in Reader::new(bytes) {
        match field? {
            (1, Content::Number(n)) => seconds = n.cast_signed(),
            (2, Content::Number(n)) => nanos = i32::try_from(n.cast_signed()).unwrap_or_default(),
            _ => {}
        }
    }
    if seconds == 0 && nanos == 0 {
        return Ok(Value::Null);
    }
    let at = jiff::Timestamp::new(seconds, nanos).map_err(|e| e.to_string())?;
    let shown = if *kind == Type::MicroTime { "%Y-%m-%dT%H:%M:%S%.6fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    Ok(at.strftime(shown).to_string().into())
}

fn int_or_text(bytes: &[u8]) -> Result<Value, String> {
    let (mut is_text, mut number, mut text) = (false, 0_i64, "");
    for field in Reader::new(bytes) {
        match field? {
            (1, Content::Number(n)) => is_text = n == 1,
            (2, Content::Number(n)) => number = n.cast_signed(),
            (3, Content::Bytes(inner)) => text = utf8(inner)?,
            _ => {}
        }
    }
    Ok(if is_text { text.into() } else { number.into() })
}

#[cfg(test)]
mod tests;
