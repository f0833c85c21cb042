//! ConfigMaps and Secrets, read to be compared. Values of Secrets become digests
//! as they are read and go no further.

use super::Cluster;
use super::paths::{escape, get};
use super::status;
use super::wire::Limits;
use crate::domain::{ConfigContent, ConfigRef, Fault, FaultKind, Namespace, clean};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Of the hashes of Secrets, one for each run.
static SALT: LazyLock<u64> = LazyLock::new(|| fastrand::u64(..));

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    metadata: Metadata,
    data: Option<BTreeMap<String, String>>,
    binary_data: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    creation_timestamp: Option<Timestamp>,
    #[serde(default)]
    managed_fields: Vec<Manager>,
}

#[derive(Deserialize)]
struct Manager {
    time: Option<Timestamp>,
    #[serde(rename = "fieldsV1", default)]
    fields: Map<String, Value>,
}

impl Raw {
    /// Its content; none if a value that has to be base64 is not.
    fn content(self, kind: &str) -> Option<ConfigContent> {
        let decoded = |text: &String| STANDARD.decode(text.trim()).ok();
        let mut data = BTreeMap::new();
        for (key, value) in self.data.unwrap_or_default() {
            let bytes = if kind == "Secret" { decoded(&value)? } else { value.into_bytes() };
            data.insert(clean(&key), bytes);
        }
        for (key, value) in self.binary_data.unwrap_or_default() {
            data.insert(clean(&key), decoded(&value)?);
        }
        // Who wrote labels says nothing of the content.
        let wrote =
            |manager: &&Manager| ["f:data", "f:binaryData"].iter().any(|f| manager.fields.contains_key(*f));
        let written =
            self.metadata.managed_fields.iter().filter(wrote).filter_map(|manager| manager.time).max();
        Some(ConfigContent::of(kind, data, written.or(self.metadata.creation_timestamp), *SALT))
    }
}

impl Cluster {
    /// What is in a ConfigMap or Secret; none if there is no such object.
    ///
    /// # Errors
    /// Not allowed (with the right that is missing), or no answer.
    pub async fn config(
        &self,
        namespace: &Namespace,
        object: &ConfigRef,
    ) -> Result<Option<ConfigContent>, Fault> {
        let plural = if object.kind == "Secret" { "secrets" } else { "configmaps" };
        let path =
            format!("/api/v1/namespaces/{}/{plural}/{}", escape(namespace.as_str()), escape(&object.name));
        let asked = format!("get {} {} in {namespace}", object.kind, object.name);
        let answer = self.wire.call(&asked, get(&path)?, Limits::ONE).await.map_err(|error| error.fault)?;
        match answer.code {
            404 => return Ok(None),
            200..300 => {}
            code => {
                let fault = status::of_answer(&asked, &answer, &self.wire.site);
                return Err(if code == 403 {
                    fault.hint(format!("needs get on {plural} in {namespace}"))
                } else {
                    fault
                });
            }
        }
        // Not `status::not_json`, which quotes the beginning of the body.
        let wrong = || Fault::new(FaultKind::Server, format!("cannot {asked}: the answer is none"));
        let raw: Raw = serde_json::from_slice(&answer.body).map_err(|_quotes_the_value| wrong())?;
        raw.content(object.kind).map(Some).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(kind: &str, text: &str) -> Option<ConfigContent> {
        serde_json::from_str::<Raw>(text).unwrap().content(kind)
    }

    #[test]
    fn secrets_are_decoded_and_the_writer_of_the_content_says_when() {
        let text = r#"{"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [
            {"time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:data": {}}},
            {"time": "2026-01-03T00:00:00Z", "fieldsV1": {"f:metadata": {}}}]},
            "data": {"a": "c2VjcmV0"}}"#;
        let secret = content("Secret", text).unwrap();
        assert_eq!(secret.keys["a"].bytes, 6);
        assert_eq!(secret.written.unwrap().to_string(), "2026-01-02T00:00:00Z");
        assert!(!format!("{secret:?}").contains("secret\""), "{secret:?}");
        let map = content("ConfigMap", text).unwrap();
        assert_eq!(map.keys["a"].bytes, 8);
        assert!(content("Secret", r#"{"metadata": {}, "data": {"a": "?"}}"#).is_none());
        let empty = content("ConfigMap", r#"{"metadata": {"creationTimestamp": null}}"#).unwrap();
        assert!(empty.keys.is_empty() && empty.written.is_none());
    }
}
