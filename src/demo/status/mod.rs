//! `metav1.Status`: every way the API says no, in kube-apiserver's own words.

mod cause;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

pub use cause::Cause;

/// `details` of a `Status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Details {
    #[serde(skip_serializing_if = "String::is_empty")]
    #[allow(missing_docs, reason = "the API's own field names")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[allow(missing_docs, reason = "the API's own field names")]
    pub group: String,
    /// Plural resource name for most errors, kind for validation errors (as the real server does).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[allow(missing_docs, reason = "the API's own field names")]
    pub uid: String,
    /// One entry per invalid field or conflict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Seconds after which to try again; also sent as `Retry-After`.
    #[serde(rename = "retryAfterSeconds", skip_serializing_if = "is_zero")]
    pub retry_after_seconds: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A refusal of the API server; serializes as the `Status` object it answers with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// HTTP status code.
    pub code: u16,
    /// `reason` of the Status, empty when the real server leaves it out.
    pub reason: &'static str,
    /// The sentence users read.
    pub message: String,
    /// Details, absent for some kinds of errors.
    pub details: Option<Box<Details>>,
}

/// Group and plural of a resource, as errors name it.
#[derive(Clone, Copy, Debug)]
pub struct Gr<'a> {
    /// API group, empty for the core group.
    pub group: &'a str,
    /// Plural resource name.
    pub resource: &'a str,
}

impl std::fmt::Display for Gr<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        Ok(())
    }
}

impl ApiError {
    /// An error with neither details nor causes.
    pub fn plain(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    fn about(code: u16, reason: &'static str, gr: Gr<'_>, name: &str, message: String) -> Self {
        let details = Details {
            name: name.to_owned(),
            group: gr.group.to_owned(),
            kind: gr.resource.to_owned(),
            ..Details::default()
        };
        Self { code, reason, message, details: Some(Box::new(details)) }
    }

    /// 404 for one object.
    pub fn not_found(gr: Gr<'_>, name: &str) -> Self {
        Self::about(404, "NotFound", gr, name, format!("{gr} {} not found", quote(name)))
    }

    /// 404 for a path that serves nothing.
    pub fn no_such_path() -> Self {
        let mut e = Self::plain(404, "NotFound", "the server could not find the requested resource");
        e.details = Some(Box::default());
        e
    }

    /// 409 on create.
    pub fn already_exists(gr: Gr<'_>, name: &str) -> Self {
        Self::about(409, "AlreadyExists", gr, name, format!("{gr} {} already exists", quote(name)))
    }

    /// 409 with the reason given.
    pub fn conflict(gr: Gr<'_>, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {gr} {}: {why}", quote(name));
        Self::about(409, "Conflict", gr, name, message)
    }

    /// 409 of optimistic locking.
    pub fn stale(gr: Gr<'_>, name: &str) -> Self {
        Self::conflict(
            gr,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// 400 with a sentence.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::plain(400, "BadRequest", message)
    }

    /// 403 on an object.
    pub fn forbidden(gr: Gr<'_>, name: &str, why: &str) -> Self {
        let message = if name.is_empty() {
            format!("{gr} is forbidden: {why}")
        } else {
            format!("{gr} {} is forbidden: {why}", quote(name))
        };
        Self::about(403, "Forbidden", gr, name, message)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        let mut e = Self::plain(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        );
        e.details = Some(Box::default());
        e
    }

    /// 410: a resource version older than what is kept.
    pub fn expired(requested: u64, oldest: u64) -> Self {
        Self::plain(410, "Expired", format!("too old resource version: {requested} ({oldest})"))
    }

    /// 429 with the seconds to wait.
    pub fn too_many_requests(message: impl Into<String>, retry_after_seconds: u32) -> Self {
        let details = Details { retry_after_seconds, ..Details::default() };
        Self { details: Some(Box::new(details)), ..Self::plain(429, "TooManyRequests", message) }
    }

    /// 422 with one cause per field, joined into one message as `field.ErrorList` does.
    pub fn invalid(group: &str, kind: &str, name: &str, causes: Vec<Cause>) -> Self {
        let mut message = format!("{} {} is invalid: ", GroupKind { group, kind }, quote(name));
        let one = |c: &Cause| {
            if c.field.is_empty() { c.message.clone() } else { format!("{}: {}", c.field, c.message) }
        };
        match causes.as_slice() {
            [] => message.push_str("<nil>"),
            [only] => message.push_str(&one(only)),
            many => {
                let mut all: Vec<String> = Vec::new();
                for text in many.iter().map(one) {
                    if !all.contains(&text) {
                        all.push(text);
                    }
                }
                match all.as_slice() {
                    [only] => message.push_str(only),
                    all => {
                        let _ = write!(message, "[{}]", all.join(", "));
                    }
                }
            }
        }
        let details = Details {
            name: name.to_owned(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            causes,
            ..Details::default()
        };
        Self { code: 422, reason: "Invalid", message, details: Some(Box::new(details)) }
    }

    /// The `Status` object, with the newline the real server ends it with.
    pub fn body(&self) -> Vec<u8> {
        let text = serde_json::to_string(&self.wire()).unwrap_or_default();
        // Go's encoder escapes what could end a script element.
        let mut out = Vec::with_capacity(text.len() + 1);
        for b in text.bytes() {
            match b {
                b'<' => out.extend_from_slice(b"\\u003c"),
                b'>' => out.extend_from_slice(b"\\u003e"),
                b'&' => out.extend_from_slice(b"\\u0026"),
                b => out.push(b),
            }
        }
        out.push(b'\n');
        out
    }

    /// The `Status` as a value, for ERROR events of a watch.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self.wire()).unwrap_or_default()
    }

    fn wire(&self) -> Wire<'_> {
        Wire {
            kind: "Status",
            api_version: "v1",
            metadata: Empty {},
            status: "Failure",
            message: &self.message,
            reason: self.reason,
            details: self.details.as_deref(),
            code: self.code,
        }
    }
}

struct GroupKind<'a> {
    group: &'a str,
    kind: &'a str,
}

impl std::fmt::Display for GroupKind<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Wire<'a> {
    kind: &'static str,
    #[serde(rename = "apiVersion")]
    api_version: &'static str,
    metadata: Empty,
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Details>,
    code: u16,
}

/// Go's `%q`, near enough for names, values and messages.
pub fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
