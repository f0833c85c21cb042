//! What an OpenAPI definition offers.

use crate::domain::{clean, yaml_words};
use serde::Serialize;
use serde_json::Value;

/// One thing an API can be asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// `GET`, `POST`, …
    pub method: String,
    /// `/orders/{id}`
    pub path: String,
    /// What it does, in the author's words; may be empty.
    pub summary: String,
    /// Whether it is going to go away.
    pub deprecated: bool,
}

/// The methods of a path item, in the order people read them; its other keys
/// (`parameters`, `summary`, `x-…`) are no operations.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// The operations of an OpenAPI 2 or 3 document, by path.
///
/// # Errors
/// Why it is none, in one line.
pub(super) fn operations(text: &str) -> Result<Vec<Operation>, String> {
    let document: Value = serde_saphyr::from_str(text).map_err(|error| {
        let words = yaml_words(&error.to_string());
        error.location().map_or_else(|| words.clone(), |at| format!("line {}: {words}", at.line()))
    })?;
    if !document.is_object() {
        // `none`, `see the wiki`: words in the place of a definition.
        return Ok(Vec::new());
    }
    let versioned = ["openapi", "swagger"].iter().any(|key| document.get(key).is_some());
    let none = serde_json::Map::new();
    // A document of webhooks or schemas alone has no paths (OpenAPI 3.1).
    let paths = match document.get("paths") {
        Some(paths) => paths.as_object().ok_or("its 'paths' are no paths")?,
        None if versioned => &none,
        None => return Err("it has neither 'openapi' nor 'paths'".to_owned()),
    };
    let mut found = Vec::new();
    for (path, item) in paths {
        let offered = METHODS.iter().filter_map(|method| Some((method, item.get(method)?)));
        found.extend(offered.map(|(method, operation)| Operation {
            method: method.to_uppercase(),
            path: clean(path),
            summary: clean(operation.get("summary").and_then(Value::as_str).unwrap_or_default()),
            deprecated: operation.get("deprecated").and_then(Value::as_bool).unwrap_or(false),
        }));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_what_is_deprecated() {
        let text = "openapi: 3.1.0\npaths:\n  /pay:\n    parameters: []\n    post: {summary: Pays}\n    \
                    get: {deprecated: true}\n  /a: {x-internal: true}\n";
        let found = operations(text).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|o| (o.method.as_str(), o.path.as_str(), o.summary.as_str(), o.deprecated))
            .collect();
        assert_eq!(shown, [("GET", "/pay", "", true), ("POST", "/pay", "Pays", false)]);
    }

    #[test]
    fn what_is_none_says_why() {
        assert_eq!(operations("info: {}").unwrap_err(), "it has neither 'openapi' nor 'paths'");
        assert_eq!(operations("paths: [1]").unwrap_err(), "its 'paths' are no paths");
        assert_eq!(operations("openapi: 3.1.0").unwrap(), []);
        assert_eq!(operations("see the wiki").unwrap(), []);
        assert!(operations("a: [").unwrap_err().contains("line"), "{:?}", operations("a: ["));
        assert_eq!(operations("paths: {/a: null, /b: 3}").unwrap(), []);
    }
}
