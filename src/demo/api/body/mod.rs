//! Request bodies: size limit, content types, JSON and YAML, duplicate keys.

mod tree;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::de::DeserializeSeed as _;
use serde_json::{Map, Value};

use self::tree::Node;
use super::Api;
use crate::demo::kinds::Resource;
use crate::demo::schema::protobuf;
use crate::demo::status::ApiError;

/// Largest body taken, as the real server.
pub const MAX_BODY: usize = 3 << 20;

/// More than this of a body too large is not waited for.
const MAX_DRAINED: usize = 8 << 20;

/// Reads the whole body. What is too large is read on and thrown away: a client that still sends
/// would find the connection closed instead of the answer.
///
/// # Errors
/// 413 above [`MAX_BODY`], 400 when the client breaks off.
pub async fn read(mut body: Incoming) -> Result<Bytes, ApiError> {
    let mut out = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|e| ApiError::bad_request(format!("unable to read the request body: {e}")))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= MAX_BODY {
            out.extend_from_slice(&data);
        } else if length > MAX_BODY + MAX_DRAINED {
            break;
        }
    }
    if length > MAX_BODY { Err(too_large()) } else { Ok(out.freeze()) }
}

fn too_large() -> ApiError {
    let mut e = ApiError::plain(
        413,
        "RequestEntityTooLarge",
        format!("Request entity too large: limit is {MAX_BODY}"),
    );
    e.details = None;
    e
}

/// The media type without its parameters, lower case.
pub fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// A parsed body and the paths of keys that came twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The value; of repeated keys the last counts.
    pub value: Value,
    /// `spec.replicas` for each repeated key.
    pub duplicates: Vec<String>,
    /// The text it was parsed from.
    pub raw: Bytes,
}

/// Parses JSON, noticing duplicate keys.
///
/// # Errors
/// serde_json's message, for the caller to put into context.
pub fn json(bytes: &[u8]) -> Result<Parsed, String> {
    let mut duplicates = Vec::new();
    let mut de = serde_json::Deserializer::from_slice(bytes);
    let seed = Node { path: String::new(), duplicates: &mut duplicates };
    let value = seed.deserialize(&mut de).map_err(|e| go_error(&e))?;
    de.end().map_err(|e| go_error(&e))?;
    Ok(Parsed { value, duplicates, raw: Bytes::copy_from_slice(bytes) })
}

/// The usual syntax errors in Go's words; the rest in serde's.
fn go_error(e: &serde_json::Error) -> String {
    if e.is_eof() { "unexpected end of JSON input".to_owned() } else { e.to_string() }
}

/// Parses YAML (of which JSON is a part).
///
/// # Errors
/// The parser's message.
pub fn yaml(bytes: &[u8]) -> Result<Parsed, String> {
    if let Ok(parsed) = json(bytes) {
        return Ok(parsed);
    }
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let value: Value = serde_saphyr::from_str(text).map_err(|e| e.to_string())?;
    Ok(Parsed { value, duplicates: Vec::new(), raw: Bytes::copy_from_slice(bytes) })
}

/// Parses the body of a create or update by its content type.
///
/// # Errors
/// 415 for types not served, 400 for text that does not parse.
pub fn object(api: &Api, headers: &HeaderMap, bytes: &[u8], kind: &Expected<'_>) -> Result<Parsed, ApiError> {
    let parsed = match content_type(headers).as_str() {
        "" | "application/json" => json(bytes),
        "application/yaml" => yaml(bytes),
        "application/vnd.kubernetes.protobuf" if kind.protobuf => return protobuf(api, bytes, kind),
        other => {
            return Err(ApiError::plain(
                415,
                "UnsupportedMediaType",
                format!(
                    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf{}",
                    if other.is_empty() { " " } else { "" }
                ),
            ));
        }
    };
    let mut parsed = parsed.map_err(|why| unrecognized(bytes, kind.kind, &why))?;
    if parsed.value.is_null() {
        parsed.value = Value::Object(Map::new());
    }
    if parsed.value.is_object() {
        return Ok(parsed);
    }
    let why = format!("json: cannot unmarshal {} into Go value of type {TYPE_META}", go_type(&parsed.value));
    Err(unrecognized(bytes, kind.kind, &why))
}

/// What a body should be.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// `apps/v1`, for bodies that do not say.
    pub api_version: &'a str,
    /// `Deployment`.
    pub kind: &'a str,
    /// Custom resources have no protobuf.
    pub protobuf: bool,
}

impl<'a> Expected<'a> {
    /// An object of a built-in kind.
    pub const fn kind(api_version: &'a str, kind: &'a str) -> Self {
        Self { api_version, kind, protobuf: true }
    }

    /// An object of a resource, whose API version is given.
    pub fn of(row: &'a Resource, api_version: &'a str) -> Self {
        Self { api_version, kind: &row.kind, protobuf: !row.is_custom() }
    }
}

fn protobuf(api: &Api, bytes: &[u8], expected: &Expected<'_>) -> Result<Parsed, ApiError> {
    let envelope = protobuf::open(bytes).map_err(|why| not_recognized(bytes, expected.kind, &why))?;
    let own = |given: &'_ str, default: &'_ str| if given.is_empty() { default } else { given }.to_owned();
    let (version, kind) =
        (own(envelope.api_version, expected.api_version), own(envelope.kind, expected.kind));
    let value = match api.schema.sendable(&version, &kind) {
        Some(root) => envelope.object(&api.schema, root).map_err(|why| {
            let version = version.rsplit('/').next().unwrap_or_default();
            ApiError::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {}: {why}",
                expected.kind
            ))
        })?,
        // Refused for its kind in a moment.
        None => serde_json::json!({"apiVersion": version, "kind": kind}),
    };
    let raw = serde_json::to_vec(&value).unwrap_or_default().into();
    Ok(Parsed { value, duplicates: Vec::new(), raw })
}

/// How Go prints the type it reads kind and version into.
const TYPE_META: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

/// Most bytes of an unreadable body that are shown.
const MAX_SHOWN: usize = 30;

fn unrecognized(bytes: &[u8], kind: &str, why: &str) -> ApiError {
    not_recognized(bytes, kind, &format!("couldn't get version/kind; json parse error: {why}"))
}

fn not_recognized(bytes: &[u8], kind: &str, why: &str) -> ApiError {
    use std::fmt::Write as _;
    if kind == "DeleteOptions" {
        return ApiError::bad_request(why);
    }
    let text = bytes.first() == Some(&b'{');
    let head = bytes.get(..MAX_SHOWN.min(bytes.len())).unwrap_or_default();
    let mut shown = if bytes.is_empty() {
        "<empty>".to_owned()
    } else if text {
        String::from_utf8_lossy(head).into_owned()
    } else {
        head.iter().fold(String::new(), |mut hex, b| {
            let _ = write!(hex, "{b:02x}");
            hex
        })
    };
    if bytes.len() > MAX_SHOWN {
        shown.push_str(" ...");
    }
    ApiError::bad_request(format!(
        "the object provided is unrecognized (must be of type {kind}): {why} ({shown})"
    ))
}

/// Go's name for a JSON type, as its decoder's errors use it.
pub fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_are_named_and_the_last_one_counts() {
        let p = json(br#"{"a":1,"b":[{"c":1,"c":2}],"a":3}"#).unwrap();
        assert_eq!(p.duplicates, ["b[0].c", "a"]);
        assert_eq!(p.value, serde_json::json!({"a": 3, "b": [{"c": 2}]}));
    }

    #[test]
    fn depth_is_limited() {
        let deep = "[".repeat(100_000);
        assert!(json(deep.as_bytes()).is_err());
        assert!(yaml(deep.as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = json(&bytes);
            let _ = yaml(&bytes);
        }

        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}",:0-9a-z ]{0,40}"#) {
            let ours = json(text.as_bytes()).map(|p| p.value).ok();
            proptest::prop_assert_eq!(ours, serde_json::from_str(&text).ok());
        }
    }
}
